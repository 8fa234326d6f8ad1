//! The clean-ups of the call that a thread polls.

use std::cell::RefCell;

use tokio_util::task::TaskTracker;

thread_local! {
    /// The clean-ups of the call that this thread polls. `None` if the thread polls no call.
    static CURRENT: RefCell<Option<Cleanups>> = const { RefCell::new(None) };
}

/// The clean-ups of one call. Most calls have none, so the tracker is created with the first clean-up.
#[derive(Default)]
pub(crate) struct Cleanups(Option<TaskTracker>);

impl Cleanups {
    /// Assigns the clean-ups that this thread makes to this call, until [`leave`](Self::leave). Returns the clean-ups
    /// that were current before.
    pub(crate) fn enter(self) -> Option<Self> {
        CURRENT.try_with(|current| current.borrow_mut().replace(self)).ok().flatten()
    }

    /// Returns the call's clean-ups, and makes `before` current again.
    pub(crate) fn leave(before: Option<Self>) -> Self {
        CURRENT
            .try_with(|current| std::mem::replace(&mut *current.borrow_mut(), before))
            .ok()
            .flatten()
            .unwrap_or_default()
    }

    /// Whether a clean-up has yet to end.
    pub(crate) fn are_pending(&self) -> bool {
        self.0.as_ref().is_some_and(|tracker| !tracker.is_empty())
    }

    /// The tracker, if the call has made a [`Cleanup`](crate::Cleanup).
    pub(crate) fn take(&mut self) -> Option<TaskTracker> {
        self.0.take()
    }

    /// The tracker of the call that this thread polls, if it polls one.
    pub(crate) fn current() -> Option<TaskTracker> {
        CURRENT
            .try_with(|current| Some(current.borrow_mut().as_mut()?.0.get_or_insert_default().clone()))
            .ok()
            .flatten()
    }
}
