//! The one tokio runtime of a library, and the work on it that outlives a call.

pub(crate) mod metrics;

use std::{
    future::Future,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::task::TaskTracker;

/// What a library has once, however many providers are made of it. Never dropped: a runtime must not be dropped
/// on a thread of another one, and libraries are never unloaded.
pub(crate) struct Library {
    runtime: Runtime,
    /// Clean-ups that have begun. Closed from the start: that only means that it can be waited for.
    cleanups: TaskTracker,
}

static LIBRARY: OnceLock<Library> = OnceLock::new();

/// The library's runtime; started when it is first asked for.
pub(crate) fn library() -> &'static Library {
    library_with(0)
}

/// The same, with `workers` threads if it has not been started yet; 0 leaves it to the library.
pub(crate) fn library_with(workers: usize) -> &'static Library {
    LIBRARY.get_or_init(|| Library::start(workers))
}

impl Library {
    fn start(workers: usize) -> Self {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        let workers = if workers == 0 { cores.clamp(2, 8) } else { workers };
        let runtime = Builder::new_multi_thread()
            .worker_threads(workers)
            .thread_name_fn(thread_name)
            .enable_all()
            .build()
            .expect("a runtime needs threads and an event queue from the operating system");
        let cleanups = TaskTracker::new();
        cleanups.close();
        Self { runtime, cleanups }
    }

    pub(crate) fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Runs a clean-up to its end, whatever becomes of the call.
    pub(crate) fn clean_up(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.cleanups.spawn_on(work, self.handle());
    }

    /// Resolves when no clean-up is running.
    pub(crate) async fn cleaned_up(&self) {
        self.cleanups.wait().await;
    }
}

/// Linux shows 15 bytes of it.
fn thread_name() -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    format!("provider-{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}
