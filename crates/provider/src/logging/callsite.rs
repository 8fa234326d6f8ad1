//! Places that log, made known to the host once.

use longshore_provider_abi::{
    RString,
    v1::{HostObject, WireCallsite, WireInterest},
};
use tracing::{Level, Metadata};

/// Never, sometimes, always: as the wire has them.
pub(super) const NEVER: u8 = 0;
pub(super) const ALWAYS: u8 = 2;

/// Tells the host of a place in this library's source.
pub(super) fn register(host: &HostObject, metadata: &Metadata<'_>) -> WireInterest {
    host.register_callsite(WireCallsite {
        name: RString::from(metadata.name()),
        target: RString::from(metadata.target()),
        level: level_number(*metadata.level()),
        file: metadata.file().map(RString::from).unwrap_or_default(),
        line: metadata.line().unwrap_or(0),
        module: metadata.module_path().map(RString::from).unwrap_or_default(),
        fields: metadata.fields().iter().map(|field| RString::from(field.name())).collect(),
    })
}

/// Whether an event of this place is wanted now.
pub(super) fn is_wanted(host: &HostObject, interest: WireInterest) -> bool {
    match interest.interest {
        NEVER => false,
        ALWAYS => true,
        _ => host.enabled(interest.callsite),
    }
}

/// 1 error … 5 trace.
pub(super) fn level_number(level: Level) -> u8 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}
