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
const MOST_PLACES: usize = 4096;

/// Forwards `log` records to the host. Each line of source that logs is a call site with the one field `message`.
struct LogBridge {
    host: &'static HostObject,
    /// The host's numbers, by the hash of a [`Place`]. A lookup copies no text.
    places: RwLock<HashMap<u64, u64>>,
}

/// The properties that identify a call site of the `log` crate.
#[derive(Clone, Copy, Hash)]
struct Place<'a> {
    target: &'a str,
    level: Level,
    file: &'a str,
    line: u32,
    module: &'a str,
}

/// Installs the bridge as the library's logger.
pub(super) fn install(host: &'static HostObject) {
    if log::set_boxed_logger(Box::new(LogBridge { host, places: RwLock::default() })).is_ok() {
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
    fn number(&self, place: Place<'_>) -> u64 {
        if let Some(known) = self.places.read().unwrap_or_else(PoisonError::into_inner).get(&hash(place)) {
            return *known;
        }
        let is_full = self.places.read().unwrap_or_else(PoisonError::into_inner).len() >= MOST_PLACES;
        let other = Place { target: "log", level: place.level, file: "", line: 0, module: "" };
        if is_full && hash(place) != hash(other) {
            return self.number(other);
        }
        // The lock is not held here, because the host calls its subscriber, which may run any code.
        let number = self.host.register_callsite(WireCallsite {
            name: RString::from("log record"),
            target: RString::from(place.target),
            level: u8::try_from(place.level as usize).unwrap_or(5),
            file: RString::from(place.file),
            line: place.line,
            module: RString::from(place.module),
            fields: RVec::from(vec![RString::from("message")]),
            ..WireCallsite::default()
        });
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        *places.entry(hash(place)).or_insert(number)
    }
}

fn hash(place: Place<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    place.hash(&mut hasher);
    hasher.finish()
}

impl Log for LogBridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let place = Place { target: metadata.target(), level: metadata.level(), file: "", line: 0, module: "" };
        is_wanted(self.host, self.number(place), scope::current())
    }

    fn log(&self, record: &Record<'_>) {
        let place = Place {
            target: record.target(),
            level: record.level(),
            file: record.file().unwrap_or_default(),
            line: record.line().unwrap_or(0),
            module: record.module_path().unwrap_or_default(),
        };
        let (number, scope) = (self.number(place), scope::current());
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
