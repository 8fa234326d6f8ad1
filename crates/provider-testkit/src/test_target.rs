//! The target of a run: the provider under test, and how it is made.

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

/// The provider under test: how it is made, and what is known about it.
pub trait TestTarget: Send + Sync {
    /// The provider's name.
    fn name(&self) -> &str;

    /// The options of the provider.
    fn options(&self) -> &Value;

    /// The JSON Schema of the options. `true` accepts everything.
    fn schema(&self) -> Result<Value>;

    /// Makes a provider of `options`, which are not checked against the schema.
    fn open<'a>(&'a self, options: &'a Value) -> BoxFuture<'a, Result<Handle>>;

    /// The extensions that the export declares, if they are known.
    fn extensions(&self) -> Option<&[String]>;

    /// The log of the providers so far: one text for each event, with all fields.
    fn log(&self) -> Vec<String>;

    /// The host's objections to `options`, which are none if it accepts them. `None` if no host checks them.
    fn objections(&self, options: &Value) -> Option<Vec<String>> {
        let _ = options;
        None
    }

    /// The library of the provider, if it comes from one.
    fn library(&self) -> Option<&Library> {
        None
    }

    /// Whether nothing else runs in this process, so that its threads, memory and open files can be counted.
    fn is_alone(&self) -> bool {
        false
    }

    /// Whether the host's allocator takes back nothing that the library's gave, nor the other way round: so whoever frees
    /// the other side's memory ends the process. A provider that is linked in has the allocator of its host.
    fn has_other_allocator(&self) -> bool {
        false
    }

    /// The project's folder, where relative paths of the options begin, if nobody else keeps anything in it.
    fn folder(&self) -> Option<&Path> {
        None
    }

    /// Sends a request without a body to `url`. `None` if URLs of this scheme cannot be requested.
    fn request<'a>(&'a self, method: &'a str, url: &'a str) -> Option<BoxFuture<'a, std::io::Result<Fetched>>> {
        url.starts_with("http://").then(|| -> BoxFuture<'a, _> { Box::pin(request_http(method, url)) })
    }

    /// Records that a method of a provider begins or ends, for whoever reports a crash of this process.
    fn record(&self, event: CallEvent) {
        let _ = event;
    }
}

/// A method of a provider begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEvent {
    /// The method is called.
    Began(&'static str),
    /// The method has returned, or its future was dropped.
    Ended(&'static str),
}

/// What a host knows of a library that it has loaded.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The version that its note gives.
    pub version: String,
    /// The version of the interface that it was compiled with.
    pub interface: String,
    /// The target that its note gives.
    pub target: String,
    /// The extensions that its note lists.
    pub extensions: Vec<String>,
    /// The symbol that its note names for the generation in use.
    pub header: String,
    /// The symbols that it exports: name, and whether it is unique in the whole process.
    pub exports: Vec<(String, bool)>,
    /// The symbols that it takes from other libraries.
    pub imports: Vec<String>,
    /// It takes its thread-local memory from the loader's small reserve.
    pub static_tls: bool,
    /// Why the system's loader does not take it, if it does not.
    pub refused: Option<String>,
    /// How long it took to read its note.
    pub scanned_in: std::time::Duration,
    /// How long it took to map it and to ask it for its schema.
    pub loaded_in: std::time::Duration,
}
