//! When the host's filter changes, libraries are told to ask again what is wanted.
//!
//! tracing tells each place of a new filter (`reload` of tracing-subscriber, or another subscriber). One place of the
//! host's own is registered for that alone. A library compares the epoch at the start of each call, and is told by the
//! thread that emits besides, for work outside of calls.

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

/// Whether the filter has changed since libraries were told.
static CHANGED: AtomicBool = AtomicBool::new(false);

static WATCHERS: Mutex<Vec<WireWatcher>> = Mutex::new(Vec::new());

/// Another number for each filter.
pub(super) fn current() -> u64 {
    EPOCH.load(Ordering::Acquire)
}

/// Tells `watcher` of changes from now on.
pub(super) fn watch(watcher: WireWatcher) {
    WATCHERS.lock().unwrap_or_else(PoisonError::into_inner).push(watcher);
}

/// Listens for changes from now on. Called once.
pub(super) fn listen() {
    asking(|| tracing::callsite::register(&SENTINEL));
}

/// Whether libraries are to be [told](tell).
pub(super) fn has_changed() -> bool {
    CHANGED.load(Ordering::Acquire)
}

/// Tells the libraries, on the thread that emits.
pub(super) fn tell() {
    CHANGED.store(false, Ordering::Release);
    // tracing tells the places one by one, and sets the most verbose level after them: whoever asked meanwhile may know
    // half of it. So all is looked up once more before they are told.
    asking(tracing::callsite::rebuild_interest_cache);
    EPOCH.fetch_add(1, Ordering::AcqRel);
    let watchers = WATCHERS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for watcher in watchers {
        watcher.call();
    }
}

thread_local! {
    /// Whether this thread makes tracing look up what is wanted: what the sentinel hears then is no news.
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

fn asking(work: impl FnOnce()) {
    ASKING.set(true);
    // Subscribers of the host's are asked, and may panic.
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
    /// tracing holds its locks meanwhile: this only takes a note.
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
