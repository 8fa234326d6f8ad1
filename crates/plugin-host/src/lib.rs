//! Configures, locates and loads Longshore storage providers, for any program that hosts them.
//!
//! 1. [`config::load`] reads `config/plugins.toml` and merges the environment's files and overrides over it.
//! 2. [`load::Loader`] finds the libraries by their plugin manifests, checks who could have written them, and maps a
//!    sealed copy.
//! 3. [`registry::Registry`] checks the options against the schema that each library exports, and creates the
//!    providers, bases first.
//! 4. [`registry::Provider`] is the interface for the rest of the program.
//!
//! Libraries are never unloaded: a Rust library that has started a thread cannot be unloaded safely.
//!
//! ```no_run
//! use longshore_plugin_host::{
//!     config::{LoadRequest, apply_dotenv, load},
//!     load::Loader,
//!     registry::Registry,
//! };
//! use longshore_provider::{Body, File};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let request = LoadRequest::in_folder("."); // 1
//!     apply_dotenv(&request)?;
//!     let config = load(&request)?;
//!     let loader = Loader::of(&config); // 2
//!     let runtime = tokio::runtime::Runtime::new()?;
//!     runtime.block_on(async {
//!         let registry = Registry::open(&loader, &config).await?; // 3
//!         let stored = registry.main().upload(&File::at("hello.txt"), Body::from("hello")).await?; // 4
//!         println!("{}", stored.url);
//!         registry.shutdown(std::time::Duration::from_secs(10)).await;
//!         Ok(())
//!     })
//! }
//! ```

#![deny(unsafe_code)]

#[cfg(not(target_os = "linux"))]
compile_error!("Longshore runs on Linux: its loader needs sealed memory, `/proc` and `RTLD_NODELETE`");

pub mod config;
pub mod hint;
mod hint_of;
pub mod library;
pub mod load;
pub mod locate;
mod log_forwarder;
pub mod memory;
mod options;
pub mod registry;
pub mod trace_parent;

pub use hint_of::hint_of;
pub use log_forwarder::flush as flush_logs;
