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

use longshore_provider_abi::give_signal_stack;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::task::TaskTracker;

/// The runtime and the clean-ups of a library, shared by all its providers. They are never dropped: a runtime must not
/// be dropped on a thread of another runtime, and libraries are never unloaded.
pub(crate) struct Library {
    runtime: Runtime,
    /// Clean-ups that have begun. The tracker is closed from the start, so that tasks can wait for it to become empty.
    cleanups: TaskTracker,
}

static LIBRARY: OnceLock<Library> = OnceLock::new();

/// The library's runtime, started on first use.
pub(crate) fn library() -> &'static Library {
    library_with(0)
}

/// The library's runtime, started with `workers` threads on first use. With 0, the library chooses the number.
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
            .on_thread_start(give_signal_stack)
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

    /// Runs a clean-up to its end, even if its call has ended.
    pub(crate) fn clean_up(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.cleanups.spawn_on(work, self.handle());
    }

    /// Resolves when no clean-up is running.
    pub(crate) async fn cleaned_up(&self) {
        self.cleanups.wait().await;
    }
}

/// The name of a worker thread. Linux shows 15 bytes of it.
fn thread_name() -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    format!("provider-{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}
