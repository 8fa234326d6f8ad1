//! A host's services: keeps what is logged. One for the process, as a linked provider's log has one receiver.

use std::sync::{Mutex, PoisonError};

use longshore_provider_abi::{
    RVec,
    v1::{HostObject, WireCallsite, WireHost, WireInterest, WireValue, host_object},
};

/// Enough to find a secret in; a provider that logs without end does not fill the memory.
const MOST: usize = 20_000;

static KEPT: Mutex<Kept> = Mutex::new(Kept { callsites: Vec::new(), events: Vec::new() });

struct Kept {
    callsites: Vec<WireCallsite>,
    events: Vec<String>,
}

/// The services to lend to a provider.
pub(super) fn services() -> HostObject {
    host_object(Keeper)
}

/// What was logged, one text for each event.
pub(super) fn events() -> Vec<String> {
    kept().events.clone()
}

fn kept() -> std::sync::MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Keeper;

impl WireHost for Keeper {
    fn max_level(&self) -> u8 {
        5
    }

    fn register_callsite(&self, callsite: WireCallsite) -> WireInterest {
        let mut kept = kept();
        kept.callsites.push(callsite);
        WireInterest { callsite: kept.callsites.len() as u64 - 1, interest: 2 }
    }

    fn enabled(&self, _: u64) -> bool {
        true
    }

    fn event(&self, callsite: u64, values: RVec<WireValue>) {
        let mut kept = kept();
        let place = usize::try_from(callsite).ok().and_then(|index| kept.callsites.get(index));
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
