//! What is checked: a provider, and how one is made.

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

/// A provider to check: how it is made, and what whoever runs the cases knows of it.
pub trait TestTarget: Send + Sync {
    /// The provider's name.
    fn name(&self) -> &str;

    /// The options that it is made with.
    fn options(&self) -> &Value;

    /// The JSON Schema of the options; `true` if anything goes.
    fn schema(&self) -> Result<Value>;

    /// Makes a provider of `options`, which nobody has checked against the schema.
    fn open<'a>(&'a self, options: &'a Value) -> BoxFuture<'a, Result<Handle>>;

    /// The extensions that its export declares; `None` if that is not known.
    fn extensions(&self) -> Option<&[String]>;

    /// What was logged so far by the providers made here, one text for each event, all fields in it.
    fn log(&self) -> Vec<String>;

    /// What the host says against `options` before it makes a provider of them: nothing if it takes them. `None`
    /// if there is no host here that checks.
    fn objections(&self, options: &Value) -> Option<Vec<String>> {
        let _ = options;
        None
    }

    /// The library that it comes from, if it comes from one.
    fn library(&self) -> Option<&Library> {
        None
    }

    /// Whether nothing else happens in this process, so that its threads, memory and open files can be counted.
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
