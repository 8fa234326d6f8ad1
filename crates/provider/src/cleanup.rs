//! Work that must still run when a call fails, panics or is cancelled.

use std::{future::Future, pin::Pin};

use tokio_util::task::TaskTracker;

use crate::{catch_unwind::CatchUnwind, cleanups::Cleanups, logging::Scope, runtime};

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
