//! The services that a host offers to the providers that it loads.

use abi_stable::{
    StableAbi, sabi_trait,
    std_types::{RArc, RSliceMut, RString, RVec},
};

/// The receiver of a provider's log: spans and events, as in the `tracing` crate. Implementations never panic, and never
/// wait for the provider.
#[sabi_trait]
pub trait WireHost: Send + Sync {
    /// The most verbose level that is enabled now: 0 none, 1 error, … 5 trace.
    fn max_level(&self) -> u8;
    /// A number that changes whenever the enabled levels may have changed. Every call reads it at its start: an atomic load.
    fn epoch(&self) -> u64;
    /// Has `changed` called soon after the epoch has changed, now and later, from a thread of the host's.
    fn watch(&self, changed: WireWatcher);
    /// Registers a place in the provider's source, once, and returns its number.
    fn register_callsite(&self, callsite: WireCallsite) -> u64;
    /// Whether a registered place is enabled: 0 never, 1 sometimes, 2 always. The result holds for an epoch.
    fn interest(&self, callsite: u64) -> u8;
    /// Whether a place is enabled now. Called only if the interest is "sometimes".
    fn enabled(&self, callsite: u64, scope: WireScope) -> bool;
    /// Hands on one event.
    fn event(&self, callsite: u64, scope: WireScope, values: RVec<WireValue>);
    /// Begins a span within `scope`, and gives it a number: never 0, and never that of another.
    fn new_span(&self, callsite: u64, scope: WireScope, values: RVec<WireValue>) -> u64;
    /// Adds values to a span.
    fn record(&self, span: u64, values: RVec<WireValue>);
    /// Records that a span follows from another span, which is not its parent.
    fn follows_from(&self, span: u64, other: u64);
    /// Ends a span. The provider does not use its number again.
    fn close_span(&self, span: u64);
    /// Reports how many records were dropped.
    fn lost(&self, records: u64);
    /// A service with an id of its own. Request and response are JSON. An unknown id returns nothing.
    #[sabi(last_prefix_field)]
    fn ask(&self, id: RString, json: RString) -> RString;
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

/// Functions of a shared library that the host calls when the enabled levels have changed, and when the process ends.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct WireWatcher {
    changed: extern "C" fn(),
    describe_call: extern "C" fn(thread: u32, text: RSliceMut<'_, u8>) -> usize,
}

/// The implementation of a [`WireWatcher`]. It never panics, and may be called from any thread.
pub trait Watcher: 'static {
    /// The enabled levels may have changed.
    fn changed();

    /// Writes into `text` which call of the library the thread polls, as UTF-8 that may be cut; returns how many bytes.
    /// Called by that very thread in the middle of anything, a signal handler included: it takes no lock and does not
    /// allocate.
    fn describe_call(thread: u32, text: &mut [u8]) -> usize;
}

impl WireWatcher {
    /// The function of `W`.
    pub fn of<W: Watcher>() -> Self {
        extern "C" fn changed<W: Watcher>() {
            W::changed();
        }
        extern "C" fn describe_call<W: Watcher>(thread: u32, mut text: RSliceMut<'_, u8>) -> usize {
            W::describe_call(thread, text.as_mut_slice())
        }
        Self { changed: changed::<W>, describe_call: describe_call::<W> }
    }

    /// Which call of the library the thread polls: see [`Watcher::describe_call`].
    pub fn describe_call(self, thread: u32, text: &mut [u8]) -> usize {
        (self.describe_call)(thread, RSliceMut::from_mut_slice(text)).min(text.len())
    }

    /// Calls it.
    pub fn call(self) {
        (self.changed)();
    }
}

/// The spans around a call, a span or an event.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WireScope {
    /// The host's own span around the call, as the host's `tracing` numbers it, or 0.
    pub call: u64,
    /// The innermost span of a provider, as [`WireHost::new_span`] numbered it, or 0.
    pub span: u64,
    /// [`WireScope::MUTED`], or 0. Other bits are not looked at.
    pub flags: u64,
}

impl WireScope {
    /// Records within this scope are dropped: the host made the call while it handled a record, and forwarding them would
    /// never end.
    pub const MUTED: u64 = 1;
}

/// A place in the provider's source that logs.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default)]
pub struct WireCallsite {
    /// 0 logs events, 1 spans.
    pub kind: u8,
    /// The name of the event or the span.
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
    /// A JSON object of further fields, or empty.
    pub more: RString,
}

/// The value of one field.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default)]
pub struct WireValue {
    /// Which field.
    pub field: u32,
    /// 0 text, 1 signed, 2 unsigned, 3 float, 4 bool, 5 formatted by `Debug`, 6 an error. Any other is shown as text.
    pub kind: u8,
    /// The number's bits, or 0 and 1 for a bool.
    pub bits: u64,
    /// The text. An error is a JSON array of its message and those of its causes, outermost first.
    pub text: RString,
}
