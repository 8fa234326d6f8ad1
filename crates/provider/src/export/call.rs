//! Runs a call: spawned on the library's runtime, or first polled on the caller's thread.

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
    catch_unwind::CatchUnwind,
    current_call::{Identity, Operation},
    logging::Scope,
    runtime::library,
    wire::{duration, reply},
};

/// The longest time that a failed call waits for its clean-ups before it returns.
const CLEANUP_PATIENCE: Duration = Duration::from_secs(20);

/// The longest time that a failed call waits for its clean-ups after its deadline.
const CLEANUP_GRACE: Duration = Duration::from_secs(1);

/// The work of a call. The future is boxed where it is made: it may have many kilobytes, and each function that takes
/// it by value would move all of them.
pub(super) type Work<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// The arrival time, timeout, log scope and watch of a call.
pub(super) struct CallOptions {
    arrived: Instant,
    timeout: Option<Duration>,
    scope: Scope,
    watch: Watch,
}

impl CallOptions {
    /// The options of a call of `method` that has just arrived.
    pub(super) fn of(call: &WireCall, provider: &Identity, method: Operation) -> Self {
        let watch = Watch::new(provider.clone(), method);
        Self { arrived: Instant::now(), timeout: duration(call.timeout_ms), scope: Scope::of(call.scope), watch }
    }

    /// The options of the call that makes a provider.
    pub(super) fn of_init(scope: WireScope, provider: &Identity) -> Self {
        let watch = Watch::new(provider.clone(), Operation::Init);
        Self { arrived: Instant::now(), timeout: None, scope: Scope::of(scope), watch }
    }

    /// The time that a failed call may still wait for its clean-ups.
    fn patience(arrived: Instant, timeout: Option<Duration>) -> Duration {
        let left = timeout.map_or(Duration::MAX, |timeout| timeout.saturating_sub(arrived.elapsed()));
        left.saturating_add(CLEANUP_GRACE).min(CLEANUP_PATIENCE)
    }
}

/// The running calls of one provider.
pub(super) struct Calls(TaskTracker);

impl Calls {
    pub(super) fn new() -> Self {
        Self(TaskTracker::new())
    }

    /// Runs a method that does I/O. The call runs on the library's runtime from the start.
    pub(super) fn spawn<T: Default + Send + 'static>(&self, terms: CallOptions, work: Work<T>) -> FfiFuture<Reply<T>> {
        if self.0.is_closed() {
            return std::future::ready(reply(Err(shutting_down()))).into_ffi();
        }
        self.run(Running::new(terms, work).run_to_end())
    }

    /// Runs a method that usually only computes. The call is polled once on the caller's thread, and moves to the
    /// runtime if it is then pending. A call with a timeout runs on the runtime from the start, because a poll on the
    /// caller's thread cannot be stopped.
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

    /// Refuses new calls, waits for the running calls and all clean-ups, and then shuts down `base`. The base comes
    /// last, because this provider's calls use it. Resolves with an error when the call's timeout has passed.
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

/// A running call, with the times that limit its wait for its clean-ups.
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

    /// Returns the error of a failed call after its clean-ups have ended, or after the wait for them has expired.
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

/// The caller's view of a task on the library's runtime. Dropping it aborts the task. Dropping a `JoinHandle` alone
/// would let the task run on.
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
