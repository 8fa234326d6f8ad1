//! Records of the `log` crate.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use log::{Level, LevelFilter, Log, Metadata, Record};
use longshore_provider_abi::{
    RString, RVec,
    v1::{HostObject, WireCallsite, WireInterest, WireValue},
};

use super::callsite;

/// A target that a library makes up at run time would otherwise be remembered for ever.
const MOST_TARGETS: usize = 1024;

/// Hands `log` records to the host, each target and level as a call site with the one field `message`.
struct Facade {
    host: HostObject,
    callsites: RwLock<HashMap<(String, Level), WireInterest>>,
}

/// Makes this the library's logger.
pub(super) fn install(host: HostObject) {
    let level = match host.max_level() {
        0 => LevelFilter::Off,
        1 => LevelFilter::Error,
        2 => LevelFilter::Warn,
        3 => LevelFilter::Info,
        4 => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    };
    if log::set_boxed_logger(Box::new(Facade { host, callsites: RwLock::default() })).is_ok() {
        log::set_max_level(level);
    }
}

impl Facade {
    fn interest(&self, metadata: &Metadata<'_>) -> WireInterest {
        let key = (metadata.target().to_owned(), metadata.level());
        if let Some(known) = self.callsites.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return *known;
        }
        let mut callsites = self.callsites.write().unwrap_or_else(PoisonError::into_inner);
        let key = if callsites.len() < MOST_TARGETS { key } else { ("log".to_owned(), metadata.level()) };
        *callsites.entry(key).or_insert_with_key(|(target, level)| {
            self.host.register_callsite(WireCallsite {
                name: RString::from("log record"),
                target: RString::from(target.as_str()),
                level: u8::try_from(*level as usize).unwrap_or(5),
                fields: RVec::from(vec![RString::from("message")]),
                ..WireCallsite::default()
            })
        })
    }
}

impl Log for Facade {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        callsite::is_wanted(&self.host, self.interest(metadata))
    }

    fn log(&self, record: &Record<'_>) {
        let interest = self.interest(record.metadata());
        if callsite::is_wanted(&self.host, interest) {
            let text = RString::from(record.args().to_string());
            let message = WireValue { field: 0, kind: 5, bits: 0, text };
            self.host.event(interest.callsite, RVec::from(vec![message]));
        }
    }

    fn flush(&self) {}
}
