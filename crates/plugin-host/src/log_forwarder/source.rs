//! The library that a record comes from, and the number of its lost records.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{span::Count, waiting::Waiting};

/// The sources of all libraries. Libraries are never unloaded, and their sources are never freed.
static SOURCES: Mutex<BTreeMap<String, &'static Source>> = Mutex::new(BTreeMap::new());

static ANY_UNTOLD: AtomicBool = AtomicBool::new(false);

/// The library of one provider. Each has its own share of the queue: a library that floods the queue does not silence
/// others.
pub(super) struct Source {
    name: String,
    /// The number of open spans.
    pub(super) spans: Count,
    /// The number of records that have not been taken from the queue.
    pub(super) waiting: Waiting,
    /// The number of records that were dropped for lack of room.
    overflowed: AtomicU64,
    /// The number of records of calls that were made while a record was being emitted.
    muted: AtomicU64,
    /// How many of `overflowed` the log has already reported.
    told: AtomicU64,
}

impl Source {
    /// Returns the source with that name, and creates it on first use.
    pub(super) fn of(name: &str) -> &'static Self {
        let mut sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = sources.get(name) {
            return source;
        }
        let source: &'static Self = Box::leak(Box::new(Self {
            name: name.to_owned(),
            spans: Count::none(),
            waiting: Waiting::none(),
            overflowed: AtomicU64::new(0),
            muted: AtomicU64::new(0),
            told: AtomicU64::new(0),
        }));
        sources.insert(name.to_owned(), source);
        source
    }

    pub(super) fn overflowed(&self) {
        self.overflowed.fetch_add(1, Ordering::Relaxed);
        ANY_UNTOLD.store(true, Ordering::Relaxed);
    }

    pub(super) fn muted(&self, records: u64) {
        self.muted.fetch_add(records, Ordering::Relaxed);
    }

    pub(super) fn lost(&self) -> u64 {
        self.overflowed.load(Ordering::Relaxed) + self.muted.load(Ordering::Relaxed)
    }
}

/// Whether the log has not reported some lost records yet.
pub(super) fn any_untold() -> bool {
    ANY_UNTOLD.load(Ordering::Relaxed)
}

/// The libraries that have lost records since the last call of this function, with the number of those records.
pub(super) fn untold() -> Vec<(&'static str, u64)> {
    ANY_UNTOLD.store(false, Ordering::Relaxed);
    let sources: Vec<&'static Source> =
        SOURCES.lock().unwrap_or_else(PoisonError::into_inner).values().copied().collect();
    let untold = sources.into_iter().map(|source| {
        let all = source.overflowed.load(Ordering::Relaxed);
        (source.name.as_str(), all - source.told.swap(all, Ordering::Relaxed))
    });
    untold.filter(|(_, records)| *records > 0).collect()
}
