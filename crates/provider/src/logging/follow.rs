//! Follows changes of the host's filter: after each change, this library asks again which events are wanted.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use longshore_provider_abi::v1::{HostObject, Watcher};

use super::{HOST, log_bridge};
use crate::{current_call, guard};

/// The host's epoch at the time of this library's last question.
static SEEN: AtomicU64 = AtomicU64::new(0);

/// The functions of this library that the host calls.
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

/// Asks the host again if its filter has changed. A call that begins after the change asks before it runs, or waits for
/// the thread that is asking. The call is therefore logged as the host now wants.
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
