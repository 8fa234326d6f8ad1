//! The crate that authors of Longshore storage providers depend on.
//!
//! 1. Declare the fields of `providerOptions` within [`options!`].
//! 2. Implement [`Provider`] with ordinary `async fn`s, or [`Overlay`] on top of another provider.
//! 3. Export it with [`export_provider!`], from a crate with `crate-type = ["cdylib"]`.
//!
//! The shared library has a tokio runtime of its own, on which all I/O runs. A panic becomes an error of the call that
//! panicked. Log events go to the host. A provider needs no other setup and no `unsafe`.
//!
//! ```
//! use std::{collections::HashMap, sync::Mutex};
//!
//! use longshore_provider::{Body, Bytes, Call, File, InitContext, Provider, Result, Uploaded, key::object_key};
//!
//! longshore_provider::options! {
//!     pub struct ShelfOptions {
//!         /// The largest file that is kept, in bytes.
//!         max_bytes: usize,
//!     }
//! }
//!
//! pub struct Shelf {
//!     max_bytes: usize,
//!     files: Mutex<HashMap<String, Bytes>>,
//! }
//!
//! impl Provider for Shelf {
//!     type Options = ShelfOptions;
//!
//!     async fn init(options: ShelfOptions, _: InitContext) -> Result<Self> {
//!         Ok(Self { max_bytes: options.max_bytes, files: Mutex::default() })
//!     }
//!
//!     async fn upload(&self, file: &File, body: Body, _: &Call) -> Result<Uploaded> {
//!         let key = object_key("", file)?;
//!         let bytes = body.into_bytes(self.max_bytes).await?;
//!         self.files.lock().unwrap().insert(key.clone(), bytes);
//!         Ok(Uploaded::new(&key, format!("https://shelf.example/{key}")))
//!     }
//!
//!     async fn delete(&self, file: &File, _: &Call) -> Result<()> {
//!         self.files.lock().unwrap().remove(&object_key("", file)?);
//!         Ok(())
//!     }
//! }
//!
//! longshore_provider::export_provider!(Shelf as "shelf");
//! # fn main() {}
//! ```
//!
//! # Logging
//!
//! Use [`tracing`] or the `log` crate as in any program. No subscriber or logger has to be installed. Spans and events
//! appear in the host's log with their own target (the module's path), level, file, line and typed fields. The host's
//! span of the call contains them, so each log line of a provider shows the id of the request that it belongs to. The
//! host decides which levels are enabled (`longshore --log warn,my_provider=debug`), and may change the filter while it
//! runs. An event of a disabled level costs an atomic load, and its fields are not formatted.
//!
//! ```
//! use longshore_provider::tracing::{self, Instrument};
//!
//! # mod shelf {
//! # use longshore_provider::tracing;
//! # fn example(key: &str, shelf: u64) {
//! tracing::debug!(key, shelf, "a file was put there"); // typed fields, not formatted text
//! # }
//! # }
//! # async fn find() {}
//! # async fn example() {
//! find().instrument(tracing::debug_span!("find")).await; // every event within `find` has this parent
//! tokio::spawn(find().in_current_span()); // the spawned task still belongs to the call
//! # }
//! ```
//!
//! - `#[tracing::instrument]` needs a direct dependency on `tracing`, of the same version 0.1. Skip secrets and bodies:
//!   `#[tracing::instrument(skip_all, fields(key = file.key))]`.
//! - Events reach the host's log through a bounded queue. If the queue is full, events are dropped and counted
//!   (`longshore_provider_log_lost_total` of the server). The text of a field is cut at 64 KiB.
//! - If a call keeps its thread for a quarter of a second without an `await`, the log names the call. Run blocking code
//!   with `tokio::task::spawn_blocking`.

#![forbid(unsafe_code)]

#[cfg(not(target_os = "linux"))]
compile_error!("Longshore and its providers run on Linux");

extern crate self as longshore_provider;

mod answer;
mod blocking;
mod body;
mod call;
mod catch_unwind;
mod cleanup;
mod cleanups;
mod current_call;
mod dropped;
mod entered;
mod error;
mod export;
mod file;
mod guard;
mod handle;
pub mod host;
mod init;
pub mod key;
mod logging;
mod options;
mod overlaid;
mod overlay;
mod provider;
mod runtime;
mod url;
mod wire;

pub use bytes::Bytes;
pub use futures;
pub use serde_json;
pub use tokio;
pub use tracing;

pub use answer::{
    ByteRange, ListPage, ListRequest, ListedObject, METADATA_LIMIT, ObjectMeta, Opened, SignedUrl, Uploaded,
};
pub use body::Body;
pub use call::{Call, SignOptions};
pub use cleanup::Cleanup;
pub use error::{Error, ErrorKind, Result};
pub use file::File;
pub use handle::{Base, Handle};
pub use init::InitContext;
pub use options::{BaseOptions, NoOptions, ProviderOptions, Secret};
pub use overlay::{Overlay, Privacy};
pub use provider::Provider;
pub use url::check_url;

/// The items that the expanded macros refer to. They are not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use longshore_provider_abi::{manifest, v1};
    pub use schemars;
    pub use serde;

    pub use crate::{export::Exported, overlaid::Overlaid};

    /// The target for which this crate was compiled.
    pub const TARGET: &str = env!("LONGSHORE_TARGET");
    /// The compiler that compiled this crate.
    pub const RUSTC: &str = env!("LONGSHORE_RUSTC");
}
