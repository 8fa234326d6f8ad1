//! Host services that collect log events. The collector is global, because a linked provider's log has a single
//! receiver.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use longshore_provider_abi::{
    RString, RVec,
    v1::{HostObject, WireCallsite, WireHost, WireScope, WireValue, WireWatcher, host_object},
};

/// The limit of collected events. It keeps a provider that logs without end from filling the memory.
const MOST: usize = 20_000;

static COLLECTED: Mutex<CollectedLog> = Mutex::new(CollectedLog { callsites: Vec::new(), events: Vec::new() });

struct CollectedLog {
    callsites: Vec<WireCallsite>,
    events: Vec<String>,
}

/// The services that a host lends to a provider.
pub(super) fn services() -> HostObject {
    host_object(LogCollector)
}

/// The collected spans and events, one text each.
pub(super) fn events() -> Vec<String> {
    kept().events.clone()
}

fn kept() -> std::sync::MutexGuard<'static, CollectedLog> {
    COLLECTED.lock().unwrap_or_else(PoisonError::into_inner)
}

struct LogCollector;

impl LogCollector {
    fn keep(callsite: Option<u64>, values: &[WireValue]) {
        let mut kept = kept();
        let place = callsite.and_then(|index| kept.callsites.get(usize::try_from(index).ok()?));
        let mut text = place.map(|place| place.target.to_string()).unwrap_or_default();
        for value in values {
            text.push(' ');
            if value.text.is_empty() {
                text.push_str(&value.bits.to_string());
            } else {
                text.push_str(&value.text);
            }
        }
        if kept.events.len() < MOST {
            kept.events.push(text);
        }
    }
}

impl WireHost for LogCollector {
    fn max_level(&self) -> u8 {
        5
    }

    fn epoch(&self) -> u64 {
        1
    }

    fn watch(&self, _: WireWatcher) {}

    fn register_callsite(&self, callsite: WireCallsite) -> u64 {
        let mut kept = kept();
        kept.callsites.push(callsite);
        kept.callsites.len() as u64 - 1
    }

    fn interest(&self, _: u64) -> u8 {
        2
    }

    fn enabled(&self, _: u64, _: WireScope) -> bool {
        true
    }

    fn event(&self, callsite: u64, _: WireScope, values: RVec<WireValue>) {
        Self::keep(Some(callsite), &values);
    }

    fn new_span(&self, callsite: u64, _: WireScope, values: RVec<WireValue>) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self::keep(Some(callsite), &values);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    fn record(&self, _: u64, values: RVec<WireValue>) {
        Self::keep(None, &values);
    }

    fn follows_from(&self, _: u64, _: u64) {}

    fn close_span(&self, _: u64) {}

    fn lost(&self, _: u64) {}

    fn ask(&self, _: RString, _: RString) -> RString {
        RString::new()
    }
}
