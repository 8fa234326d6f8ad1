//! Call sites that log, each registered with the host once.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use longshore_provider_abi::{
    RString,
    v1::{HostObject, WireCallsite, WireScope},
};
use tracing::{Level, Metadata, callsite::Identifier};

/// The wire's numbers for the host's interest: 0 never, 1 sometimes, 2 always.
const NEVER: u8 = 0;
const ALWAYS: u8 = 2;

/// The host's numbers of this library's call sites.
#[derive(Default)]
pub(super) struct Callsites(RwLock<HashMap<Identifier, u64>>);

impl Callsites {
    /// The host's number of a call site. A new call site is registered first.
    pub(super) fn number(&self, host: &HostObject, metadata: &Metadata<'_>) -> u64 {
        if let Some(number) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&metadata.callsite()) {
            return *number;
        }
        // The lock is not held here, because the host calls its subscriber, which may run any code.
        let number = register(host, metadata);
        let mut numbers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *numbers.entry(metadata.callsite()).or_insert(number)
    }
}

fn register(host: &HostObject, metadata: &Metadata<'_>) -> u64 {
    host.register_callsite(WireCallsite {
        kind: u8::from(metadata.is_span()),
        name: RString::from(metadata.name()),
        target: RString::from(metadata.target()),
        level: level_number(*metadata.level()),
        file: metadata.file().map(RString::from).unwrap_or_default(),
        line: metadata.line().unwrap_or(0),
        module: metadata.module_path().map(RString::from).unwrap_or_default(),
        fields: metadata.fields().iter().map(|field| RString::from(field.name())).collect(),
        more: RString::new(),
    })
}

/// The host's interest in a call site, until the host's epoch changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Interest {
    Never,
    Sometimes,
    Always,
}

/// The host's interest in the call site with that number.
pub(super) fn interest(host: &HostObject, number: u64) -> Interest {
    match host.interest(number) {
        NEVER => Interest::Never,
        ALWAYS => Interest::Always,
        _ => Interest::Sometimes,
    }
}

/// Whether the host wants an event of that call site in `scope`.
pub(super) fn is_wanted(host: &HostObject, number: u64, scope: WireScope) -> bool {
    match interest(host, number) {
        Interest::Never => false,
        Interest::Always => true,
        Interest::Sometimes => host.enabled(number, scope),
    }
}

/// The wire's number of a level: 1 error … 5 trace.
fn level_number(level: Level) -> u8 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}
