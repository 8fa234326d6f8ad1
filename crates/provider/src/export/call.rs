//! How a call runs: spawned on the library's runtime, or answered where it was made.

use std::{
    future::Future,
    pin::Pin,
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
    current_call::{Identity, Operation},
    guard::CatchUnwind,
    logging::Scope,
    runtime::library,
    wire::{duration, reply},
};

/// How long the answer of a failed call waits for the call's clean-ups at most.
const CLEANUP_PATIENCE: Duration = Duration::from_secs(20);

/// How long the answer of a failed call waits for them after the call's deadline.
const CLEANUP_GRACE: Duration = Duration::from_secs(1);

/// The work of a call. It is boxed where it is made: such a future may have many kilobytes, and each function that takes
/// it by value moves all of them.
pub(super) type Work<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// Under which terms a call runs.
pub(super) struct CallOptions {
    arrived: Instant,
    timeout: Option<Duration>,
    scope: Scope,
    watch: Watch,
}

impl CallOptions {
    /// Those of a call of `method` that has just arrived.
    pub(super) fn of(call: &WireCall, provider: &Identity, method: Operation) -> Self {
        let watch = Watch::new(provider.clone(), method);
        Self { arrived: Instant::now(), timeout: duration(call.timeout_ms), scope: Scope::of(call.scope), watch }
    }

    /// Those of making a provider.
    pub(super) fn of_init(scope: WireScope, provider: &Identity) -> Self {
        let watch = Watch::new(provider.clone(), Operation::Init);
        Self { arrived: Instant::now(), timeout: None, scope: Scope::of(scope), watch }
    }

    /// How long a failed call may wait for its clean-ups from now on.
    fn patience(arrived: Instant, timeout: Option<Duration>) -> Duration {
        let left = timeout.map_or(Duration::MAX, |timeout| timeout.saturating_sub(arrived.elapsed()));
        left.saturating_add(CLEANUP_GRACE).min(CLEANUP_PATIENCE)
    }
}

/// The calls of one provider that are under way.
pub(super) struct Calls(TaskTracker);

impl Calls {
    pub(super) fn new() -> Self {
        Self(TaskTracker::new())
    }

    /// For a method that does I/O: the call runs on the library's runtime from the start.
    pub(super) fn spawn<T: Default + Send + 'static>(&self, terms: CallOptions, work: Work<T>) -> FfiFuture<Reply<T>> {
        if self.0.is_closed() {
            return std::future::ready(reply(Err(shutting_down()))).into_ffi();
        }
        self.run(Running::new(terms, work).run_to_end())
    }

    /// For a method that most often only computes: the call is polled once here, and moves to the runtime if it then
    /// has to wait. A call with a timeout runs on the runtime from the start, because nothing stops a poll here.
    pub(super) fn inline<T: Default + Send + 'static>(&self, terms: CallOptions, work: Work<T>) -> FfiFuture<Reply<T>> {
        if terms.timeout.is_some() || self.0.is_closed() {
            return self.spawn(terms, work);
        }
        let mut running = Running::new(terms, work);
        let entered = library().handle().enter();
        let polled = Pin::new(&mut running.call).poll(&mut Context::from_waker(Waker::noop()));
        drop(entered);
        match polled {
            Poll::Pending => self.run(running.run_to_end()),
            Poll::Ready(Err(error)) if running.call.has_cleanups() => self.run(running.cleaned_up(error)),
            Poll::Ready(result) => std::future::ready(reply(result)).into_ffi(),
        }
    }

    /// Refuses new calls; resolves when those under way and all clean-ups have ended, here and then in `base`, whose
    /// calls are made from here; or after `timeout`.
    pub(super) fn shut_down(&self, terms: CallOptions, base: Option<Base>) -> FfiFuture<Reply<WireDone>> {
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

    fn run<T: Default + Send + 'static>(
        &self,
        call: impl Future<Output = Reply<T>> + Send + 'static,
    ) -> FfiFuture<Reply<T>> {
        Task(self.0.spawn_on(call, library().handle())).into_ffi()
    }
}

/// A call under way, and until when its answer may wait for its clean-ups.
struct Running<T> {
    call: CatchUnwind<T>,
    arrived: Instant,
    timeout: Option<Duration>,
}

impl<T: Default + Send + 'static> Running<T> {
    fn new(terms: CallOptions, work: Work<T>) -> Self {
        let (arrived, timeout) = (terms.arrived, terms.timeout);
        Self { call: limited(terms, work).with_cleanups(), arrived, timeout }
    }

    async fn run_to_end(mut self) -> Reply<T> {
        match (&mut self.call).await {
            Ok(answer) => reply(Ok(answer)),
            Err(error) => self.cleaned_up(error).await,
        }
    }

    /// The answer of a failed call, once its clean-ups have ended: then nothing of the call is left.
    async fn cleaned_up(mut self, error: Error) -> Reply<T> {
        if let Some(cleanups) = self.call.take_cleanups() {
            cleanups.close();
            let patience = CallOptions::patience(self.arrived, self.timeout);
            let _ = tokio::time::timeout(patience, cleanups.wait()).await;
        }
        reply(Err(error))
    }
}

fn limited<T: Send + 'static>(terms: CallOptions, work: Work<T>) -> CatchUnwind<T> {
    let Some(limit) = terms.timeout else { return CatchUnwind::new(work, terms.scope).watched(terms.watch) };
    let limited = async move {
        tokio::time::timeout(limit, work)
            .await
            .unwrap_or_else(|_| Err(Error::new(ErrorKind::Timeout, format!("the call did not end within {limit:?}"))))
    };
    CatchUnwind::new(Box::pin(limited), terms.scope).watched(terms.watch)
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
