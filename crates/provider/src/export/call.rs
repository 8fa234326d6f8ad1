//! How a call runs: spawned on the library's runtime, or answered where it was made.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use longshore_provider_abi::{
    FfiFuture, FutureExt,
    v1::{Reply, WireCall, WireDone, WireScope},
};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::{
    Base, Error, ErrorKind, Result,
    blocking::Watch,
    cleanup::CLEANUPS,
    guard::Guarded,
    logging::Scope,
    runtime::library,
    wire::{duration, reply},
};

/// How long the answer of a failed call waits for the call's clean-ups.
const CLEANUP_PATIENCE: Duration = Duration::from_secs(20);

/// The work of a call. It is boxed where it is made: such a future may have many kilobytes, and each function that takes
/// it by value moves all of them.
pub(super) type Work<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// Under which terms a call runs.
pub(super) struct Terms {
    timeout: Option<Duration>,
    scope: Scope,
    watch: Watch,
}

impl Terms {
    /// Those of a call of `method` that has just arrived.
    pub(super) fn of(call: &WireCall, provider: &Arc<str>, method: &'static str) -> Self {
        let watch = Watch::new(Arc::clone(provider), method);
        Self { timeout: duration(call.timeout_ms), scope: Scope::of(call.scope), watch }
    }

    /// Those of making a provider.
    pub(super) fn of_init(scope: WireScope, provider: &str) -> Self {
        Self { timeout: None, scope: Scope::of(scope), watch: Watch::new(provider.into(), "init") }
    }
}

/// The calls of one provider that are under way.
pub(super) struct Calls(TaskTracker);

impl Calls {
    pub(super) fn new() -> Self {
        Self(TaskTracker::new())
    }

    /// For whatever does I/O: runs on the library's runtime from the start.
    pub(super) fn spawn<T: Default + Send + 'static>(&self, terms: Terms, work: Work<T>) -> FfiFuture<Reply<T>> {
        if self.0.is_closed() {
            return std::future::ready(reply(Err(shutting_down()))).into_ffi();
        }
        self.run(limited(terms, work))
    }

    /// For whatever most often only computes: polled once here, and moved to the runtime if it then has to wait.
    pub(super) fn inline<T: Default + Send + 'static>(&self, terms: Terms, work: Work<T>) -> FfiFuture<Reply<T>> {
        if self.0.is_closed() {
            return std::future::ready(reply(Err(shutting_down()))).into_ffi();
        }
        let entered = library().handle().enter();
        let mut call = limited(terms, work);
        let polled = Pin::new(&mut call).poll(&mut Context::from_waker(Waker::noop()));
        drop(entered);
        match polled {
            Poll::Ready(result) => std::future::ready(reply(result)).into_ffi(),
            Poll::Pending => self.run(call),
        }
    }

    /// Refuses new calls; resolves when those under way and all clean-ups have ended, here and then in `base`, whose
    /// calls are made from here; or after `timeout`.
    pub(super) fn shut_down(&self, terms: Terms, base: Option<Base>) -> FfiFuture<Reply<WireDone>> {
        self.0.close();
        let calls = self.0.clone();
        let limit = terms.timeout.unwrap_or(Duration::MAX);
        let begun = Instant::now();
        let ended = limited(
            terms,
            Box::pin(async move {
                calls.wait().await;
                library().cleaned_up().await;
                if let Some(base) = base {
                    base.shutdown(limit.saturating_sub(begun.elapsed())).await?;
                }
                Ok(WireDone::default())
            }),
        );
        let task = library().handle().spawn(async move { reply(ended.await) });
        Task(task).into_ffi()
    }

    fn run<T: Default + Send + 'static>(&self, call: Guarded<T>) -> FfiFuture<Reply<T>> {
        let task = self.0.spawn_on(settled(call), library().handle());
        Task(task).into_ffi()
    }
}

/// A call whose failure is answered only when its clean-ups have ended: then nothing of it is left.
async fn settled<T: Default>(call: Guarded<T>) -> Reply<T> {
    let cleanups = TaskTracker::new();
    let result = CLEANUPS.scope(cleanups.clone(), call).await;
    if result.is_err() {
        cleanups.close();
        let _ = tokio::time::timeout(CLEANUP_PATIENCE, cleanups.wait()).await;
    }
    reply(result)
}

fn limited<T: Send + 'static>(terms: Terms, work: Work<T>) -> Guarded<T> {
    let Some(limit) = terms.timeout else { return Guarded::new(work, terms.scope).watched(terms.watch) };
    let limited = async move {
        tokio::time::timeout(limit, work)
            .await
            .unwrap_or_else(|_| Err(Error::new(ErrorKind::Timeout, format!("the call did not end within {limit:?}"))))
    };
    Guarded::new(Box::pin(limited), terms.scope).watched(terms.watch)
}

fn shutting_down() -> Error {
    Error::new(ErrorKind::Cancelled, "the provider is shutting down")
}

/// A task on the library's runtime, as its caller sees it. Dropping it aborts the task: a `JoinHandle` alone
/// would let it go on.
struct Task<T>(JoinHandle<Reply<T>>);

impl<T: Default> Future for Task<T> {
    type Output = Reply<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Reply<T>> {
        Pin::new(&mut self.0).poll(context).map(|joined| {
            joined.unwrap_or_else(|error| {
                let kind = if error.is_panic() { ErrorKind::Panic } else { ErrorKind::Cancelled };
                reply(Err(Error::new(kind, "the library's runtime ended the call").caused_by(&error)))
            })
        })
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
