//! Work that must still run when a call fails, panics or is cancelled.

use std::{cell::RefCell, future::Future, pin::Pin};

use tokio_util::task::TaskTracker;

use crate::{guard::CatchUnwind, logging::Scope, runtime};

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

    /// The tracker, if the call has made a [`Cleanup`].
    pub(crate) fn take(&mut self) -> Option<TaskTracker> {
        self.0.take()
    }

    /// The tracker of the call that this thread polls, if it polls one.
    fn current() -> Option<TaskTracker> {
        CURRENT
            .try_with(|current| Some(current.borrow_mut().as_mut()?.0.get_or_insert_default().clone()))
            .ok()
            .flatten()
    }
}

/// A guard whose work runs when the guard is dropped, because the call failed, panicked or was cancelled. The library's
/// runtime runs the work to its end, and `shutdown` waits for it. A failed call returns after its clean-ups have ended,
/// but waits for them no longer than 20 seconds, and no longer than one second past its own timeout. Call
/// [`disarm`](Self::disarm) when the guarded work has succeeded.
///
/// ```
/// # async fn example(temporary: std::path::PathBuf) -> longshore_provider::Result<()> {
/// use longshore_provider::Cleanup;
///
/// let path = temporary.clone();
/// let cleanup = Cleanup::new(async move {
///     let _ = tokio::fs::remove_file(path).await;
/// });
/// tokio::fs::write(&temporary, "half a file").await?; // a failure here removes the file
/// cleanup.disarm();
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping it at once runs the clean-up at once"]
pub struct Cleanup {
    work: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    call: Option<TaskTracker>,
}

impl Cleanup {
    /// Arms the guard with `work`. Errors in `work` cannot be reported to the caller: log them.
    pub fn new(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { work: Some(Box::pin(work)), call: Cleanups::current() }
    }

    /// Drops the guard without running its work.
    pub fn disarm(mut self) {
        self.work = None;
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        let Some(work) = self.work.take() else { return };
        let ended = Box::pin(async move {
            work.await;
            Ok(())
        });
        let guarded = CatchUnwind::new(ended, Scope::here());
        let logged = async move {
            if let Err(error) = guarded.await {
                tracing::error!(target: "longshore_provider", "a clean-up {error}");
            }
        };
        match self.call.take() {
            Some(call) => runtime::library().clean_up(call.track_future(logged)),
            None => runtime::library().clean_up(logged),
        }
    }
}
