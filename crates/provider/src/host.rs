//! What a host needs of this crate: the module of a library, before and after a provider has been made of it.
//!
//! Authors of providers do not need it.

use std::path::Path;

use longshore_provider_abi::{
    RString,
    v1::{HostObject, ModuleRef, WireInit, module},
};
use serde_json::{Map, Value};

use crate::{
    Error, Handle, Overlay, Provider, Result,
    export::Exported,
    guard, logging,
    overlaid::Overlaid,
    wire::{error_from, object_to},
};

pub use crate::runtime::metrics::RuntimeMetrics;

/// The id of an extension that every library has: it panics. For finding out that this ends no process.
pub const PANIC: &str = "longshore.panic";

/// Prepares this process to host providers: its panic hook, and that its own log is not to be forwarded to itself.
pub fn prepare() {
    logging::this_is_the_host();
    guard::install_panic_hook(false);
}

/// Leaves the panics of this program to its own panic hook, which a provider that is linked in would otherwise take
/// over: for tests, whose failures are panics.
pub fn print_panics() {
    guard::install_panic_hook(false);
}

/// Runs `work`; what providers log of the calls that it makes on this thread goes nowhere. For the host's handling of
/// what providers log, which would otherwise never end when it calls one of them.
pub fn quietly<T>(work: impl FnOnce() -> T) -> T {
    logging::quietly(work)
}

/// Runs `work`; a panic becomes an error with its message and location. What the host lends to a library (its log)
/// must not let one through.
///
/// # Errors
///
/// The panic.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T> {
    guard::catch(work)
}

/// A library's module: what can be asked and done before a provider has been made.
#[derive(Clone, Copy)]
pub struct Module(ModuleRef);

/// What a provider is made of.
pub struct Init<'a> {
    /// Options that have been checked against the schema.
    pub options: &'a Value,
    /// The name under which it is configured.
    pub name: &'a str,
    /// The project's folder.
    pub project: &'a Path,
    /// `actionOptions` of the configuration.
    pub action_options: &'a Map<String, Value>,
    /// Threads of the library's runtime; 0 leaves it to the library.
    pub workers: u32,
    /// Where the library's log goes.
    pub host: HostObject,
    /// The opened base, for an overlay.
    pub base: Option<&'a Handle>,
}

impl Module {
    /// The module of a loaded library.
    pub fn loaded(module: ModuleRef) -> Self {
        Self(module)
    }

    /// The module of a provider that is linked into this binary.
    pub fn linked<P: Provider>() -> Self {
        Self(module::<Exported<P>>())
    }

    /// The module of an overlay that is linked into this binary.
    pub fn linked_overlay<O: Overlay>() -> Self {
        Self(module::<Exported<Overlaid<O>>>())
    }

    /// The JSON Schema of the options; `true` if anything goes.
    ///
    /// # Errors
    ///
    /// Making it panicked, or it is no JSON.
    pub fn schema(self) -> Result<Value> {
        let text = (self.0.schema())().into_result().map_err(error_from)?;
        serde_json::from_str(&text).map_err(|error| Error::internal("the schema is no JSON").caused_by(&error))
    }

    /// What the base of this overlay gets as its options.
    ///
    /// # Errors
    ///
    /// What the overlay says against the options.
    pub fn base_options(self, options: &Value) -> Result<Value> {
        let options = RString::from(options.to_string());
        let text = (self.0.base_options())(options).into_result().map_err(error_from)?;
        serde_json::from_str(&text).map_err(|error| Error::internal("the base's options are no JSON").caused_by(&error))
    }

    /// Makes the provider.
    ///
    /// # Errors
    ///
    /// What the provider says.
    pub async fn init(self, init: Init<'_>) -> Result<Handle> {
        let (scope, _open) = logging::outgoing();
        let wire = WireInit {
            options: RString::from(init.options.to_string()),
            name: RString::from(init.name),
            project: RString::from(init.project.to_string_lossy().as_ref()),
            action_options: object_to(init.action_options),
            workers: init.workers,
            host: init.host,
            scope,
            base: init.base.map(Handle::to_object).into_iter().collect(),
            more: RString::new(),
        };
        let reply = (self.0.init())(wire).await;
        let mut made = reply.into_result().map_err(error_from)?;
        made.pop().map(Handle::from_object).ok_or_else(|| Error::internal("the library made no provider"))
    }
}
