//! The bounded queue between the threads of libraries and the thread that emits their records.

use std::{
    collections::VecDeque,
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use longshore_provider_abi::{RVec, v1::WireValue};

use super::{callsite::RegisteredCallsite, source::Source, span::Parent};

/// The number of records that are taken at once. Each batch makes room for as many new records.
const BATCH: usize = 256;

/// How long a library's thread waits for room. After one wait in vain, no thread waits again until the next records are
/// taken.
const PATIENCE: Duration = Duration::from_millis(100);

/// A record that a library has logged.
pub(super) enum Record {
    Event { callsite: &'static RegisteredCallsite, parent: Parent, values: RVec<WireValue> },
    Span { number: u64, callsite: &'static RegisteredCallsite, parent: Parent, values: RVec<WireValue> },
    Values { number: u64, values: RVec<WireValue> },
    Follows { number: u64, other: u64 },
    Close { number: u64 },
}

/// The queue of this process.
pub(super) static QUEUE: Queue = Queue::new();

pub(super) struct Queue {
    state: Mutex<State>,
    /// Notified when the emitting thread has work to do.
    filled: Condvar,
    /// Notified when the emitting thread has taken or emitted records.
    emptied: Condvar,
}

struct State {
    records: VecDeque<(&'static Source, Record)>,
    /// Whether the emitting thread waits for records.
    waiting: bool,
    taker: Option<ThreadId>,
    /// Whether a thread has waited in vain for room since records were last taken.
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

    /// Adds a record of a library to the queue, if there is room or room appears soon. Returns whether the record was
    /// added.
    pub(super) fn push(&self, source: &'static Source, record: Record) -> bool {
        let mut state = self.state();
        if !source.waiting.has_room() && !state.stuck && state.taker != Some(thread::current().id()) {
            state = self.room(state, source);
        }
        if source.waiting.has_room() {
            self.put(state, source, record);
            return true;
        }
        // The record is dropped without the lock, because dropping it calls the host's subscriber.
        drop(state);
        drop(record);
        false
    }

    /// Adds a record to the queue regardless of room. Only the end of a span is a record of this kind: their number is
    /// limited by the number of open spans.
    pub(super) fn push_surely(&self, source: &'static Source, record: Record) {
        self.put(self.state(), source, record);
    }

    /// Makes [`take`](Self::take) return, even without records.
    pub(super) fn wake(&self) {
        let mut state = self.state();
        state.woken = true;
        self.filled.notify_one();
    }

    /// Waits for records for at most `limit`, and moves some into `batch`. The batch is empty: the caller has emitted
    /// all records that it took before.
    pub(super) fn take(&self, batch: &mut Vec<(&'static Source, Record)>, limit: Option<Duration>) {
        let mut state = self.state();
        state.taker = Some(thread::current().id());
        let until = limit.map(|limit| Instant::now() + limit);
        // All records that were taken are emitted by now. The records in the queue are not.
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
            source.waiting.remove_one();
        }
        self.emptied.notify_all();
    }

    /// Waits for at most `limit` until all records pushed so far are emitted. Returns whether they are.
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
        source.waiting.add_one();
        state.pushed += 1;
        let wake = mem::replace(&mut state.waiting, false);
        drop(state);
        if wake {
            self.filled.notify_one();
        }
    }

    /// Waits for room, for at most [`PATIENCE`].
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
