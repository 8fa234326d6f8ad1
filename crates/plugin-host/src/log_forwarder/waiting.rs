//! The share of the queue that the records of one library take.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The largest number of records of one library in the queue.
const MOST: usize = 4096;

/// The number of records of a library in the queue. It changes only under the queue's lock.
pub(super) struct Waiting(AtomicUsize);

impl Waiting {
    pub(super) fn none() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(super) fn has_room(&self) -> bool {
        self.0.load(Ordering::Relaxed) < MOST
    }

    pub(super) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remove_one(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
