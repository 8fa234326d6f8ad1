//! The bounded queue between the threads of libraries and the one that emits.

use std::{
    collections::VecDeque,
    mem,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use longshore_provider_abi::{RVec, v1::WireValue};

use super::{place::Place, source::Source, span::Parent};

/// So many records of a library wait at most.
const MOST: usize = 4096;

/// So many are taken at once: then there is room again for as many.
const BATCH: usize = 256;

/// How long a library's thread waits for room. Only while records are being emitted at all: once that has been in vain,
/// nobody waits until the next one has been emitted.
const PATIENCE: Duration = Duration::from_millis(100);

/// Something that a library has logged.
pub(super) enum Record {
    Event { place: &'static Place, parent: Parent, values: RVec<WireValue> },
    Span { number: u64, place: &'static Place, parent: Parent, values: RVec<WireValue> },
    Values { number: u64, values: RVec<WireValue> },
    Follows { number: u64, other: u64 },
    Close { number: u64 },
}

/// How many records of a library wait in the queue. Changes under its lock alone.
pub(super) struct Waiting(AtomicUsize);

impl Waiting {
    pub(super) fn none() -> Self {
        Self(AtomicUsize::new(0))
    }

    fn has_room(&self) -> bool {
        self.0.load(Ordering::Relaxed) < MOST
    }
}

/// The one of this process.
pub(super) static QUEUE: Queue = Queue::new();

pub(super) struct Queue {
    state: Mutex<State>,
    /// There is something to do for the thread that emits.
    filled: Condvar,
    /// It has taken or emitted something.
    emptied: Condvar,
}

struct State {
    records: VecDeque<(&'static Source, Record)>,
    /// Who takes them, while it waits for them.
    waiting: bool,
    taker: Option<ThreadId>,
    /// A thread has waited for room in vain since records were taken last.
    stuck: bool,
    pushed: u64,
    done: u64,
    woken: bool,
}

impl Queue {
    const fn new() -> Self {
        let state = State {
            records: VecDeque::new(),
            waiting: false,
            taker: None,
            stuck: false,
            pushed: 0,
            done: 0,
            woken: false,
        };
        Self { state: Mutex::new(state), filled: Condvar::new(), emptied: Condvar::new() }
    }

    /// Puts a record of a library into the queue, if there is room for it or soon will be.
    pub(super) fn push(&self, source: &'static Source, record: Record) -> bool {
        let mut state = self.state();
        if !source.waiting.has_room() && !state.stuck && state.taker != Some(thread::current().id()) {
            state = self.room(state, source);
        }
        if source.waiting.has_room() {
            self.put(state, source, record);
            return true;
        }
        // Not under the lock: dropping it goes to the host's subscriber.
        drop(state);
        drop(record);
        false
    }

    /// Puts a record into the queue that takes room away only until others are emitted: of these there are never more
    /// than open spans.
    pub(super) fn push_surely(&self, source: &'static Source, record: Record) {
        self.put(self.state(), source, record);
    }

    /// Makes [`take`](Self::take) return, if with nothing.
    pub(super) fn wake(&self) {
        let mut state = self.state();
        state.woken = true;
        self.filled.notify_one();
    }

    /// Waits for records, for at most `limit`, and puts some into `batch`, which is empty: those that were taken
    /// before have been emitted.
    pub(super) fn take(&self, batch: &mut Vec<(&'static Source, Record)>, limit: Option<Duration>) {
        let mut state = self.state();
        state.taker = Some(thread::current().id());
        let until = limit.map(|limit| Instant::now() + limit);
        // What was taken is done now; what waits is not.
        state.done = state.pushed - state.records.len() as u64;
        self.emptied.notify_all();
        while state.records.is_empty() && !state.woken {
            state.waiting = true;
            let Some(until) = until else {
                state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.waiting = false;
        state.woken = false;
        state.stuck = false;
        let some = state.records.len().min(BATCH);
        batch.extend(state.records.drain(..some));
        for (source, _) in &*batch {
            source.waiting.0.fetch_sub(1, Ordering::Relaxed);
        }
        self.emptied.notify_all();
    }

    /// Waits until what has been pushed so far has been emitted, for at most `limit`.
    pub(super) fn flush(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        let mut state = self.state();
        let target = state.pushed;
        while state.done < target {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.taker == Some(thread::current().id()) {
                return false;
            }
            state = self.emptied.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, mut state: MutexGuard<'_, State>, source: &'static Source, record: Record) {
        state.records.push_back((source, record));
        source.waiting.0.fetch_add(1, Ordering::Relaxed);
        state.pushed += 1;
        let wake = mem::replace(&mut state.waiting, false);
        drop(state);
        if wake {
            self.filled.notify_one();
        }
    }

    /// Waits until there is room, and gives up after a while.
    fn room<'a>(&'a self, mut state: MutexGuard<'a, State>, source: &Source) -> MutexGuard<'a, State> {
        let until = Instant::now() + PATIENCE;
        while !source.waiting.has_room() && !state.stuck {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.stuck = true;
            } else {
                state = self.emptied.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        state
    }
}
