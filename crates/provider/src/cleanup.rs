//! What must still happen when a call ends badly.

use std::{future::Future, pin::Pin};

use tokio_util::task::TaskTracker;

use crate::{guard::Guarded, logging::Scope, runtime};

tokio::task_local! {
    /// The clean-ups of the call that this task works for.
    pub(crate) static CLEANUPS: TaskTracker;
}

/// Work that is done if the guard is dropped: because the call failed, panicked or was cancelled. The library's
/// runtime runs it to its end; a failed call is answered after its clean-ups have ended, and `shutdown` waits for
/// all of them. [`disarm`](Self::disarm) it when all went well.
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
        Self { work: Some(Box::pin(work)), call: CLEANUPS.try_with(Clone::clone).ok() }
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
        let guarded = Guarded::new(ended, Scope::here());
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
