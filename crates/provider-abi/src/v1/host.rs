//! What a host offers to the providers that it loads.

use abi_stable::{
    StableAbi, sabi_trait,
    std_types::{RArc, RString, RVec},
};

/// Where a provider's log goes. Implementations never panic.
#[sabi_trait]
pub trait WireHost: Send + Sync {
    /// The most verbose level that anybody wants now: 0 none, 1 error, … 5 trace.
    fn max_level(&self) -> u8;
    /// Makes a place in the provider's source known, once. The answer is asked for with every event.
    fn register_callsite(&self, callsite: WireCallsite) -> WireInterest;
    /// Whether events of a registered place are wanted now; asked only if its interest is "sometimes".
    fn enabled(&self, callsite: u64) -> bool;
    /// Hands on one event.
    #[sabi(last_prefix_field)]
    fn event(&self, callsite: u64, values: RVec<WireValue>);
}

/// The host's services behind a counted reference.
pub type HostObject = WireHost_TO<'static, RArc<()>>;

/// Makes an object of `host`.
pub fn host_object<H: WireHost + 'static>(host: H) -> HostObject {
    WireHost_TO::from_ptr(RArc::new(host), sabi_trait::TD_Opaque)
}

/// Another reference to the same services.
pub fn share_host(host: &HostObject) -> HostObject {
    WireHost_TO::from_sabi(host.obj.shallow_clone())
}

/// A place in the provider's source that logs.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default)]
pub struct WireCallsite {
    /// The event's name.
    pub name: RString,
    /// Its target.
    pub target: RString,
    /// 1 error, 2 warn, 3 info, 4 debug, 5 trace.
    pub level: u8,
    /// The source file, or empty.
    pub file: RString,
    /// The line, or 0.
    pub line: u32,
    /// The module, or empty.
    pub module: RString,
    /// The names of its fields; [`WireValue::field`] counts in this list.
    pub fields: RVec<RString>,
}

/// What the host answers to a place that logs.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug, Default)]
pub struct WireInterest {
    /// The id to log with.
    pub callsite: u64,
    /// 0 never, 1 sometimes, 2 always.
    pub interest: u8,
}

/// The value of one field.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default)]
pub struct WireValue {
    /// Which field.
    pub field: u32,
    /// 0 text, 1 signed, 2 unsigned, 3 float, 4 bool, 5 formatted by `Debug`.
    pub kind: u8,
    /// The number's bits, or 0 and 1 for a bool.
    pub bits: u64,
    /// The text.
    pub text: RString,
}
