//! Where the log of loaded libraries arrives: each event is emitted again, under its own target, level and fields.

mod callsite;
mod event;

use longshore_provider::host::catch;
use longshore_provider_abi::{
    RVec,
    v1::{HostObject, WireCallsite, WireHost, WireInterest, WireValue, host_object},
};
use tracing::{dispatcher::get_default, level_filters::LevelFilter};

/// The services that are lent to a library. None of it panics: a subscriber that does loses the event.
pub(crate) fn services() -> HostObject {
    host_object(Relay)
}

struct Relay;

impl WireHost for Relay {
    fn max_level(&self) -> u8 {
        match LevelFilter::current().into_level() {
            None => 0,
            Some(level) => callsite::number(level),
        }
    }

    fn register_callsite(&self, callsite: WireCallsite) -> WireInterest {
        catch(|| callsite::register(&callsite)).unwrap_or_default()
    }

    fn enabled(&self, callsite: u64) -> bool {
        let wanted = catch(|| {
            callsite::find(callsite).is_some_and(|metadata| get_default(|dispatch| dispatch.enabled(metadata)))
        });
        wanted.unwrap_or(false)
    }

    fn event(&self, callsite: u64, values: RVec<WireValue>) {
        let _ = catch(|| {
            if let Some(metadata) = callsite::find(callsite) {
                event::emit(metadata, &values);
            }
        });
    }
}
