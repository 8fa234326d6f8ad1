//! The interface for hosts: the module of a shared library, and providers made from it.
//!
//! Authors of providers do not need this module.

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

/// The id of an extension that panics in every library. The testkit calls it to check that the process survives.
pub const PANIC: &str = "longshore.panic";

/// Prepares this process to host providers: installs the panic hook, and never forwards this binary's log to itself.
pub fn prepare() {
    logging::this_is_the_host();
    guard::install_panic_hook(false);
}

/// Leaves the panics of this program to its own panic hook. A provider that is linked in would otherwise replace the
/// hook. Tests need this, because their failures are panics.
pub fn print_panics() {
    guard::install_panic_hook(false);
}

/// Runs `work`, and discards the provider log of the calls that it makes on this thread. The host needs this where it
/// handles the log of providers: a call to a provider there would otherwise log again, without end.
pub fn quietly<T>(work: impl FnOnce() -> T) -> T {
    logging::quietly(work)
}

/// Runs `work`. A panic becomes an error with its message and location. The objects that the host lends to a library
/// (its log) must not let a panic through.
///
/// # Errors
///
/// The panic.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T> {
    guard::catch(work)
}

/// The module of a shared library: the functions that work before a provider has been made.
#[derive(Clone, Copy)]
pub struct Module(ModuleRef);

/// The arguments that make a provider.
pub struct Init<'a> {
    /// Options that have been checked against the schema.
    pub options: &'a Value,
    /// The name under which the provider is configured.
    pub name: &'a str,
    /// The project's folder.
    pub project: &'a Path,
    /// `actionOptions` of the configuration.
    pub action_options: &'a Map<String, Value>,
    /// The number of threads of the library's runtime. With 0, the library chooses.
    pub workers: u32,
    /// The receiver of the library's log.
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

    /// The JSON Schema of the options. `true` accepts every value.
    ///
    /// # Errors
    ///
    /// The library's code panicked, or the schema is no JSON.
    pub fn schema(self) -> Result<Value> {
        let text = (self.0.schema())().into_result().map_err(error_from)?;
        serde_json::from_str(&text).map_err(|error| Error::internal("the schema is no JSON").caused_by(&error))
    }

    /// Makes the options of this overlay's base from the configured `options`.
    ///
    /// # Errors
    ///
    /// The overlay's error about the options.
    pub fn base_options(self, options: &Value) -> Result<Value> {
        let options = RString::from(options.to_string());
        let text = (self.0.base_options())(options).into_result().map_err(error_from)?;
        serde_json::from_str(&text).map_err(|error| Error::internal("the base's options are no JSON").caused_by(&error))
    }

    /// Makes the provider.
    ///
    /// # Errors
    ///
    /// The error of the provider's `init`.
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
