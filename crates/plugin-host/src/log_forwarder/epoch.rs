//! Notifies libraries when the host's filter changes.
//!
//! tracing notifies every callsite of a new filter (`reload` of tracing-subscriber, or another subscriber). The host
//! registers one callsite for that purpose alone. A library compares the epoch at the start of each call. In addition,
//! the thread that emits the records notifies libraries, for work outside of calls.

use std::{
    cell::Cell,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use longshore_provider::host::catch;
use longshore_provider_abi::v1::WireWatcher;
use tracing::{
    Level, Metadata,
    callsite::{Callsite, Identifier},
    field::FieldSet,
    metadata::Kind,
    subscriber::Interest,
};

use super::queue::QUEUE;

static EPOCH: AtomicU64 = AtomicU64::new(1);

/// Whether the filter has changed since the last notification.
static CHANGED: AtomicBool = AtomicBool::new(false);

static WATCHERS: Mutex<Vec<WireWatcher>> = Mutex::new(Vec::new());

/// The number of the current filter. Every change of the filter changes the number.
pub(super) fn current() -> u64 {
    EPOCH.load(Ordering::Acquire)
}

/// Registers `watcher` for notifications.
pub(super) fn watch(watcher: WireWatcher) {
    WATCHERS.lock().unwrap_or_else(PoisonError::into_inner).push(watcher);
}

/// Starts to listen for changes of the filter. Called once.
pub(super) fn listen() {
    asking(|| tracing::callsite::register(&SENTINEL));
}

/// Whether libraries must be [notified](tell).
pub(super) fn has_changed() -> bool {
    CHANGED.load(Ordering::Acquire)
}

/// Notifies the libraries, on the thread that emits the records.
pub(super) fn tell() {
    CHANGED.store(false, Ordering::Release);
    // tracing notifies callsites one by one, and sets the most verbose level afterwards: a library that looks up its
    // interest meanwhile may get a mixture of both filters. All interest is therefore rebuilt before the libraries are
    // notified.
    asking(tracing::callsite::rebuild_interest_cache);
    EPOCH.fetch_add(1, Ordering::AcqRel);
    let watchers = WATCHERS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for watcher in watchers {
        watcher.call();
    }
}

thread_local! {
    /// Whether this thread currently makes tracing rebuild its interest. The sentinel ignores notifications meanwhile.
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

fn asking(work: impl FnOnce()) {
    ASKING.set(true);
    // The call reaches the host's subscribers, which may panic.
    let _ = catch(work);
    ASKING.set(false);
}

struct Sentinel;

static SENTINEL: Sentinel = Sentinel;

static METADATA: Metadata<'static> = Metadata::new(
    "the host's filter",
    "longshore_plugin_host::log_forwarder",
    Level::ERROR,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&SENTINEL)),
    Kind::EVENT,
);

impl Callsite for Sentinel {
    /// tracing holds its locks during this call: only a flag is set.
    fn set_interest(&self, _: Interest) {
        if !ASKING.get() {
            EPOCH.fetch_add(1, Ordering::AcqRel);
            CHANGED.store(true, Ordering::Release);
            QUEUE.wake();
        }
    }

    fn metadata(&self) -> &Metadata<'_> {
        &METADATA
    }
}
