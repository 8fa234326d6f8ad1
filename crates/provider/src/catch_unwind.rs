//! Futures of authors, inside the unwind boundary.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tokio_util::task::TaskTracker;

use crate::{
    Error, Result,
    blocking::Watch,
    cleanups::Cleanups,
    guard::{catch, drop_quietly},
    logging::Scope,
};

/// An author's future, polled and dropped inside the unwind boundary and inside its log scope.
pub(crate) struct CatchUnwind<T> {
    future: Option<Pin<Box<dyn Future<Output = Result<T>> + Send>>>,
    scope: Scope,
    watch: Option<Watch>,
    /// The clean-ups of a call. `None` for other work.
    cleanups: Option<Cleanups>,
}

impl<T> CatchUnwind<T> {
    pub(crate) fn new(future: Pin<Box<dyn Future<Output = Result<T>> + Send>>, scope: Scope) -> Self {
        Self { future: Some(future), scope, watch: None, cleanups: None }
    }

    /// Logs if the future keeps its thread for too long.
    pub(crate) fn watched(mut self, watch: Watch) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Assigns every [`Cleanup`](crate::Cleanup) that the future makes to its call.
    pub(crate) fn with_cleanups(mut self) -> Self {
        self.cleanups = Some(Cleanups::default());
        self
    }

    /// Whether a clean-up of the call has yet to end.
    pub(crate) fn has_cleanups(&self) -> bool {
        self.cleanups.as_ref().is_some_and(Cleanups::are_pending)
    }

    /// The tracker of the call's clean-ups, if there are any.
    pub(crate) fn take_cleanups(&mut self) -> Option<TaskTracker> {
        self.cleanups.as_mut().and_then(Cleanups::take)
    }
}

impl<T> Future for CatchUnwind<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let this = &mut *self;
        let _inside = this.scope.enter();
        let _polling = this.watch.as_mut().map(Watch::poll);
        let before = this.cleanups.take().map(Cleanups::enter);
        let slot = &mut this.future;
        // The poll and the drop share one unwind boundary, because many calls end with their first poll.
        let polled = catch(|| {
            let Some(future) = slot else {
                return Poll::Ready(Err(Error::internal("a finished call was polled again")));
            };
            let polled = future.as_mut().poll(context);
            if polled.is_ready() {
                *slot = None;
            }
            polled
        });
        let polled = polled.unwrap_or_else(|panic| {
            drop_quietly(slot.take());
            Poll::Ready(Err(panic))
        });
        this.cleanups = before.map(Cleanups::leave);
        polled
    }
}

impl<T> Drop for CatchUnwind<T> {
    fn drop(&mut self) {
        if let Some(future) = self.future.take() {
            let _inside = self.scope.enter();
            drop_quietly(future);
        }
    }
}
