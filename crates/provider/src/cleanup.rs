//! What must still happen when a call ends badly.

use std::{cell::RefCell, future::Future, pin::Pin};

use tokio_util::task::TaskTracker;

use crate::{guard::CatchUnwind, logging::Scope, runtime};

thread_local! {
    /// The clean-ups of the call that this thread polls; none if it polls no call.
    static CURRENT: RefCell<Option<Cleanups>> = const { RefCell::new(None) };
}

/// The clean-ups of one call. Most calls have none, and pay for none.
#[derive(Default)]
pub(crate) struct Cleanups(Option<TaskTracker>);

impl Cleanups {
    /// Makes these the clean-ups of what this thread does until [`leave`](Self::leave).
    pub(crate) fn enter(self) -> Option<Self> {
        CURRENT.try_with(|current| current.borrow_mut().replace(self)).ok().flatten()
    }

    /// Takes the call's clean-ups back, and puts those `before` in their place.
    pub(crate) fn leave(before: Option<Self>) -> Self {
        CURRENT
            .try_with(|current| std::mem::replace(&mut *current.borrow_mut(), before))
            .ok()
            .flatten()
            .unwrap_or_default()
    }

    /// Whether one of them has yet to end.
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

/// Work that is done if the guard is dropped: because the call failed, panicked or was cancelled. The library's
/// runtime runs it to its end, and `shutdown` waits for it. A failed call returns after its clean-ups have ended, but
/// waits for them no longer than 20 seconds, and no longer than one second past its own timeout.
/// [`disarm`](Self::disarm) the guard when all went well.
///
/// ```
/// # async fn example(temporary: std::path::PathBuf) -> longshore_provider::Result<()> {
/// use longshore_provider::Cleanup;
///
/// let path = temporary.clone();
/// let cleanup = Cleanup::new(async move {
///     let _ = tokio::fs::remove_file(path).await;
/// });
/// tokio::fs::write(&temporary, "half a file").await?; // dropped here: removed
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
    /// Arms the guard with `work`. An error in it has nobody to go to: log it.
    pub fn new(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { work: Some(Box::pin(work)), call: Cleanups::current() }
    }

    /// All went well: the work is not needed.
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
