//! The context of all operations.

use std::sync::Arc;

use longshore_images::ImagePipeline;
use longshore_media_store::Store;
use longshore_plugin_host::{registry::Registry, trace_parent::carried};
use tokio::{runtime::Handle, sync::Notify};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{image_memory::ImageMemory, size_limit::SizeLimit};
use crate::{Error, Result, Settings, Supervisor};

pub(super) struct Context {
    pub(super) settings: Settings,
    pub(super) store: Store,
    pub(super) registry: Arc<Registry>,
    pub(super) size_limit: SizeLimit,
    pub(super) images: ImagePipeline,
    pub(super) image_memory: ImageMemory,
    /// The running changes, which shutdown waits for.
    pub(super) changes: TaskTracker,
    /// Runs clean-ups in the background.
    pub(super) runtime: Handle,
    /// Wakes the sweeper when a change was left.
    pub(super) left: Notify,
    pub(super) supervisor: Supervisor,
    /// Cancelled when no more changes may begin.
    pub(super) closing: CancellationToken,
    /// Cancelled when no change runs any longer.
    pub(super) ended: CancellationToken,
}

impl Context {
    pub(super) fn new(settings: Settings, store: Store, registry: Arc<Registry>) -> Self {
        let ended = CancellationToken::new();
        Self {
            store,
            registry,
            size_limit: SizeLimit::new(settings.size_limit),
            images: ImagePipeline::new(&settings.images, &settings.breakpoints),
            image_memory: ImageMemory::new(settings.images.memory, settings.memory_wait),
            changes: TaskTracker::new(),
            runtime: Handle::current(),
            left: Notify::new(),
            supervisor: Supervisor::new(ended.clone()),
            closing: CancellationToken::new(),
            ended,
            settings,
        }
    }

    pub(super) fn open_for_changes(&self) -> Result<()> {
        if self.closing.is_cancelled() { Err(Error::ShuttingDown) } else { Ok(()) }
    }

    /// Runs a change to its end, also when the caller goes away.
    pub(super) async fn to_its_end<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        joined(self.changes.spawn(carried(change)).await)
    }
}

/// The outcome of a task. A panic of the task goes on.
pub(super) fn joined<T>(outcome: Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    match outcome {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::ShuttingDown),
        },
    }
}
