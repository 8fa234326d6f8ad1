//! A queue that threads block on.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// A queue of jobs for threads. A closed queue accepts no more jobs, and still hands out the jobs in it.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
}

struct State<T> {
    items: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    /// Appends the item, or returns it if the queue is closed.
    pub(super) fn push(&self, item: T) -> Result<(), T> {
        let mut state = self.state();
        if state.closed {
            return Err(item);
        }
        state.items.push_back(item);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for items and takes at most `most` of them. Returns none once the queue is closed and empty.
    pub(super) fn take(&self, most: usize) -> Vec<T> {
        let mut state = self.state();
        while state.items.is_empty() && !state.closed {
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let count = state.items.len().min(most);
        state.items.drain(..count).collect()
    }

    pub(super) fn close(&self) {
        self.state().closed = true;
        self.filled.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { state: Mutex::new(State { items: VecDeque::new(), closed: false }), filled: Condvar::new() }
    }
}

/// Closes a queue when its thread ends, also by a panic, and drops the jobs in it: no thread would run them.
pub(super) struct Served<'a, T>(pub(super) &'a Queue<T>);

impl<T> Drop for Served<'_, T> {
    fn drop(&mut self) {
        self.0.close();
        self.0.state().items.clear();
    }
}
