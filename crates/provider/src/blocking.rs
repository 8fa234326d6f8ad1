//! Detects calls that block a thread of the runtime.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use crate::current_call::{Identity, Label, Labelled, Operation};

/// A call that keeps its thread for this long without an `await` is logged once, because other calls have to wait.
const LIMIT: Duration = Duration::from_millis(250);

/// The start of a poll reuses the thread's last measurement of its wait for a processor if it is younger than this.
const FRESH: Duration = Duration::from_millis(50);

/// Measures the polls of one call. Each poll reads the clock twice.
pub(crate) struct Watch {
    provider: Identity,
    operation: Operation,
    told: bool,
}

impl Watch {
    pub(crate) fn new(provider: Identity, operation: Operation) -> Self {
        Self { provider, operation, told: false }
    }

    /// Starts to measure a poll, which ends when the guard is dropped.
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

/// A running poll.
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
        // On a busy machine a thread waits for a processor. The call is not responsible for that time.
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

/// The time that this thread has waited for a processor since its start, as the kernel counts it.
#[derive(Clone, Copy)]
struct Waited {
    at: Option<Instant>,
    total: Duration,
}

thread_local! {
    /// The last measurement. A new one is made at most every [`FRESH`], because it costs more than most polls.
    static LAST: Cell<Waited> = const { Cell::new(Waited { at: None, total: Duration::ZERO }) };
}

impl Waited {
    /// The wait at `now`, or less than [`FRESH`] before.
    fn fresh(now: Instant) -> Self {
        let last = LAST.get();
        if last.at.is_some_and(|at| now.saturating_duration_since(at) < FRESH) {
            return last;
        }
        let fresh = Self { at: Some(now), total: Self::total() };
        LAST.set(fresh);
        fresh
    }

    /// The time that the thread has waited since this measurement.
    fn since(self) -> Duration {
        Self::total().saturating_sub(self.total)
    }

    /// The second number of `schedstat` (see `sched-stats` in the kernel's documentation). Zero if the kernel does not
    /// count it.
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
        // With more threads than processors, threads have to wait.
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
