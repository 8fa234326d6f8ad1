//! The host's filter may change at any time: this library then asks again what is wanted.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use longshore_provider_abi::v1::{HostObject, Watcher};

use super::{HOST, log_bridge};
use crate::{current_call, guard};

/// The host's epoch in which this library asked last.
static SEEN: AtomicU64 = AtomicU64::new(0);

/// What the host calls when its filter has changed.
pub(super) struct Follow;

impl Watcher for Follow {
    fn changed() {
        if let Some(host) = HOST.get() {
            follow(host);
        }
    }

    fn describe_call(thread: u32, text: &mut [u8]) -> usize {
        current_call::describe(thread, text)
    }
}

/// Asks again if the host's filter has changed since. A call that begins after the change does it before anything else,
/// or waits for whoever is doing it, so that it is logged as the host now wants.
pub(super) fn follow(host: &HostObject) {
    if SEEN.load(Ordering::Acquire) != host.epoch() {
        ask_again(host);
    }
}

#[cold]
fn ask_again(host: &HostObject) {
    static ASKING: Mutex<()> = Mutex::new(());
    let _asking = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
    let epoch = host.epoch();
    if SEEN.load(Ordering::Acquire) == epoch {
        return;
    }
    let _ = guard::catch(|| {
        tracing::callsite::rebuild_interest_cache();
        log_bridge::set_level(host.max_level());
    });
    SEEN.store(epoch, Ordering::Release);
}
