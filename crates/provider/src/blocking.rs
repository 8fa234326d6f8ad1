//! Finds calls that keep a thread of the runtime, where they should have waited.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use crate::current_call::{Identity, Label, Labelled, Operation};

/// A call that keeps its thread for as long as this without an `await` is told of in the log, once. Other calls wait
/// meanwhile.
const LIMIT: Duration = Duration::from_millis(250);

/// How old the measurement of a thread's wait for a processor may be when a poll begins.
const FRESH: Duration = Duration::from_millis(50);

/// Watches the polls of one call: two looks at the clock for each.
pub(crate) struct Watch {
    provider: Identity,
    operation: Operation,
    told: bool,
}

impl Watch {
    pub(crate) fn new(provider: Identity, operation: Operation) -> Self {
        Self { provider, operation, told: false }
    }

    /// A poll begins; it ends when the guard is dropped.
    pub(crate) fn poll(&mut self) -> Poll<'_> {
        let begun = Instant::now();
        Poll {
            waited: Waited::fresh(begun),
            begun,
            _labelled: Label::new(&self.provider, self.operation).enter(),
            watch: self,
        }
    }
}

/// A poll that is under way.
pub(crate) struct Poll<'a> {
    begun: Instant,
    waited: Waited,
    _labelled: Labelled,
    watch: &'a mut Watch,
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        let took = self.begun.elapsed();
        if took < LIMIT || self.watch.told {
            return;
        }
        // On a busy machine a thread waits for a processor: that is not the call's doing.
        let kept = took.saturating_sub(self.waited.since());
        if kept < LIMIT {
            return;
        }
        self.watch.told = true;
        let (provider, method) = (&*self.watch.provider.name, self.watch.operation.name());
        let ms = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(
            target: "longshore_provider::blocking",
            provider,
            method,
            ms,
            "`{method}` of the provider `{provider}` kept its thread for {ms} ms without an `await`: other calls wait \
             meanwhile; use `tokio::task::spawn_blocking`, or an async counterpart of what blocks",
        );
    }
}

/// How long this thread has waited for a processor since it was started, as the system counts it.
#[derive(Clone, Copy)]
struct Waited {
    at: Option<Instant>,
    total: Duration,
}

thread_local! {
    /// Measured at most every [`FRESH`]: the system's answer costs more than most polls.
    static LAST: Cell<Waited> = const { Cell::new(Waited { at: None, total: Duration::ZERO }) };
}

impl Waited {
    /// At `now`, or a little before.
    fn fresh(now: Instant) -> Self {
        let last = LAST.get();
        if last.at.is_some_and(|at| now.saturating_duration_since(at) < FRESH) {
            return last;
        }
        let fresh = Self { at: Some(now), total: Self::total() };
        LAST.set(fresh);
        fresh
    }

    /// How long it has waited since.
    fn since(self) -> Duration {
        Self::total().saturating_sub(self.total)
    }

    /// The second number of `schedstat`; see `sched-stats` in the kernel's documentation. Zero where it is not counted.
    fn total() -> Duration {
        let counted = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let nanoseconds = counted.split_whitespace().nth(1).and_then(|waited| waited.parse().ok());
        Duration::from_nanos(nanoseconds.unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_shares_its_processor_has_waited() {
        // More threads than processors: each of them waits.
        let threads = std::thread::available_parallelism().map_or(2, usize::from) * 4;
        let waited: Vec<_> = (0..threads)
            .map(|_| {
                std::thread::spawn(|| {
                    let before = Waited::fresh(Instant::now());
                    let begun = Instant::now();
                    while before.since() < Duration::from_millis(1) && begun.elapsed() < Duration::from_secs(20) {
                        std::hint::spin_loop();
                    }
                    before.since()
                })
            })
            .collect();
        let waited: Vec<Duration> = waited.into_iter().map(|thread| thread.join().unwrap()).collect();
        let counted = std::path::Path::new("/proc/thread-self/schedstat").exists();
        assert!(!counted || waited.iter().any(|waited| *waited > Duration::ZERO), "{waited:?}");
    }
}
