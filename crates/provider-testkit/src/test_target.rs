//! The target of a run: the provider under test.

mod fetch;
mod folder;
mod linked;
mod log;

use std::path::Path;

use longshore_provider::{Handle, Result, futures::future::BoxFuture, serde_json::Value};

pub use self::{
    fetch::{Fetched, request_http},
    linked::{Linked, overlay, provider},
};

/// The provider under test: how to create it, and its known properties.
pub trait TestTarget: Send + Sync {
    /// The provider's name.
    fn name(&self) -> &str;

    /// The provider's options.
    fn options(&self) -> &Value;

    /// The JSON Schema of the options. `true` accepts everything.
    fn schema(&self) -> Result<Value>;

    /// Creates a provider from `options`, which are not checked against the schema.
    fn open<'a>(&'a self, options: &'a Value) -> BoxFuture<'a, Result<Handle>>;

    /// The extensions that `export_provider!` declares. `None` if they are not known.
    fn extensions(&self) -> Option<&[String]>;

    /// The log events of the providers so far. Each text contains all fields of one event.
    fn log(&self) -> Vec<String>;

    /// The host's objections to `options`, empty if it accepts them. `None` if no host checks the options.
    fn objections(&self, options: &Value) -> Option<Vec<String>> {
        let _ = options;
        None
    }

    /// The shared library of the provider. `None` if the provider is linked in.
    fn library(&self) -> Option<&Library> {
        None
    }

    /// Whether no other work runs in this process. Its threads, memory and open files can then be counted.
    fn is_alone(&self) -> bool {
        false
    }

    /// Whether the host and the shared library have separate allocators. Code that frees the other side's memory then
    /// ends the process. A linked provider shares the allocator of its host.
    fn has_other_allocator(&self) -> bool {
        false
    }

    /// The project's folder, to which paths in the options are relative. `None` if other programs may write to the
    /// folder.
    fn folder(&self) -> Option<&Path> {
        None
    }

    /// Sends a request without a body to `url`. `None` if URLs of this scheme cannot be requested.
    fn request<'a>(&'a self, method: &'a str, url: &'a str) -> Option<BoxFuture<'a, std::io::Result<Fetched>>> {
        url.starts_with("http://").then(|| -> BoxFuture<'a, _> { Box::pin(request_http(method, url)) })
    }

    /// Records that a provider's method begins or ends. A report of a crash names the methods that were running.
    fn record(&self, event: CallEvent) {
        let _ = event;
    }
}

/// The beginning or the end of a call of a provider's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEvent {
    /// The method is called.
    Began(&'static str),
    /// The method has returned, or its future was dropped.
    Ended(&'static str),
}

/// The properties of a shared library that a host has loaded.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The version in the plugin manifest.
    pub version: String,
    /// The version of the interface crate that the library was compiled with.
    pub interface: String,
    /// The target in the plugin manifest.
    pub target: String,
    /// The extensions in the plugin manifest.
    pub extensions: Vec<String>,
    /// The symbol that the plugin manifest names for the generation in use.
    pub header: String,
    /// The exported symbols: the name, and whether it is unique in the whole process.
    pub exports: Vec<(String, bool)>,
    /// The symbols that the library imports from other libraries.
    pub imports: Vec<String>,
    /// Whether the library takes its thread-local memory from the loader's small static reserve.
    pub static_tls: bool,
    /// The system loader's reason for refusing the library. `None` if it loads.
    pub refused: Option<String>,
    /// The time that reading the plugin manifest took.
    pub scanned_in: std::time::Duration,
    /// The time that mapping the library and requesting its schema took.
    pub loaded_in: std::time::Duration,
}
