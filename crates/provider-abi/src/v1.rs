//! Generation 1.
//!
//! Every released generation is a module of its own that never changes again: abi_stable refuses a library whose
//! types have fewer fields or methods than the host's. New fields belong in the JSON object that ends each request and
//! reply. New abilities are extensions with an id.

mod answer;
mod bytes;
#[expect(unsafe_code, non_local_definitions, clippy::pedantic, reason = "what `sabi_trait` writes")]
mod host;
#[expect(clippy::expl_impl_clone_on_copy, reason = "what the derive writes")]
mod module;
#[expect(unsafe_code, non_local_definitions, clippy::pedantic, reason = "what `sabi_trait` writes")]
mod provider;
mod reply;
mod request;
mod stream;

pub use answer::{WireFlag, WireMeta, WireOpened, WireSigned, WireUploaded};
pub use bytes::WireBytes;
pub use host::{
    HostObject, Watcher, WireCallsite, WireHost, WireScope, WireValue, WireWatcher, host_object, share_host,
};
pub use module::{Entry, GENERATION, Header, Module, ModuleRef, header, module, open};
pub use provider::{ProviderObject, WireProvider, provider_object, share};
pub use reply::{Reply, WireDone, WireError};
pub use request::{WireCall, WireExtension, WireFile, WireInit, WireRange, WireSign};
pub use stream::{ByteSource, WireChunk, WireStream};
