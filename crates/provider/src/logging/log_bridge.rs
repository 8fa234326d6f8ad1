//! Forwards records of the `log` crate.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{PoisonError, RwLock},
};

use log::{Level, LevelFilter, Log, Metadata, Record};
use longshore_provider_abi::{
    RString, RVec,
    v1::{HostObject, WireCallsite},
};

use super::{callsites::is_wanted, scope, values};

/// The largest number of remembered call sites. Targets that are made up at run time would otherwise fill the memory.
const MOST_CALLSITES: usize = 4096;

/// Forwards `log` records to the host. Each line of source that logs is a call site with the one field `message`.
struct LogBridge {
    host: &'static HostObject,
    /// The host's numbers, by the hash of a [`LogCallsite`]. A lookup copies no text.
    callsites: RwLock<HashMap<u64, u64>>,
}

/// The properties that identify a call site of the `log` crate.
#[derive(Clone, Copy, Hash)]
struct LogCallsite<'a> {
    target: &'a str,
    level: Level,
    file: &'a str,
    line: u32,
    module: &'a str,
}

/// Installs the bridge as the library's logger.
pub(super) fn install(host: &'static HostObject) {
    if log::set_boxed_logger(Box::new(LogBridge { host, callsites: RwLock::default() })).is_ok() {
        set_level(host.max_level());
    }
}

/// Sets the most verbose level that is forwarded: 0 none, 1 errors … 5 all.
pub(super) fn set_level(level: u8) {
    log::set_max_level(match level {
        0 => LevelFilter::Off,
        1 => LevelFilter::Error,
        2 => LevelFilter::Warn,
        3 => LevelFilter::Info,
        4 => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    });
}

impl LogBridge {
    fn number(&self, callsite: LogCallsite<'_>) -> u64 {
        if let Some(known) = self.callsites.read().unwrap_or_else(PoisonError::into_inner).get(&hash(callsite)) {
            return *known;
        }
        let is_full = self.callsites.read().unwrap_or_else(PoisonError::into_inner).len() >= MOST_CALLSITES;
        let other = LogCallsite { target: "log", level: callsite.level, file: "", line: 0, module: "" };
        if is_full && hash(callsite) != hash(other) {
            return self.number(other);
        }
        // The lock is not held here, because the host calls its subscriber, which may run any code.
        let number = self.host.register_callsite(WireCallsite {
            name: RString::from("log record"),
            target: RString::from(callsite.target),
            level: u8::try_from(callsite.level as usize).unwrap_or(5),
            file: RString::from(callsite.file),
            line: callsite.line,
            module: RString::from(callsite.module),
            fields: RVec::from(vec![RString::from("message")]),
            ..WireCallsite::default()
        });
        let mut callsites = self.callsites.write().unwrap_or_else(PoisonError::into_inner);
        *callsites.entry(hash(callsite)).or_insert(number)
    }
}

fn hash(callsite: LogCallsite<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    callsite.hash(&mut hasher);
    hasher.finish()
}

impl Log for LogBridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let callsite =
            LogCallsite { target: metadata.target(), level: metadata.level(), file: "", line: 0, module: "" };
        is_wanted(self.host, self.number(callsite), scope::current())
    }

    fn log(&self, record: &Record<'_>) {
        let callsite = LogCallsite {
            target: record.target(),
            level: record.level(),
            file: record.file().unwrap_or_default(),
            line: record.line().unwrap_or(0),
            module: record.module_path().unwrap_or_default(),
        };
        let (number, scope) = (self.number(callsite), scope::current());
        if !is_wanted(self.host, number, scope) {
            return;
        }
        if scope::is_muted(scope) {
            return self.host.lost(1);
        }
        self.host.event(number, scope, RVec::from(vec![values::message(record.args())]));
    }

    fn flush(&self) {}
}
