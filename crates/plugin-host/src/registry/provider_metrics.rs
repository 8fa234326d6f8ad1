//! Metrics of a provider: the number, outcomes and durations of its calls, and the number of bytes.

use std::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use longshore_provider::{ErrorKind, Result};

macro_rules! methods {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// The methods whose calls are counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Method { $(#[doc = $doc] $variant,)* }

        impl Method {
            /// All methods.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name of the method in the provider's trait.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

methods! {
    Upload "upload" "A file was stored.";
    Replace "replace" "A file was stored in place of another.";
    Delete "delete" "A file was removed.";
    Open "open" "A file was read.";
    Head "head" "A file was asked about.";
    Health "health" "The service was asked whether it would accept calls.";
    List "list" "A page of files was listed.";
    Sign "get_signed_urls" "URLs were made, any number of them at once.";
}

/// The upper bounds of the duration classes, in seconds. Longer calls have a class of their own.
pub const LATENCIES: [f64; 12] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0];

/// A counter for each method and outcome, and the other metrics. Counting a call costs a few relaxed additions and two
/// reads of the clock.
pub(super) struct ProviderMetrics {
    outcomes: [[AtomicU64; OUTCOMES]; METHODS],
    took: [Took; METHODS],
    in_flight: [AtomicU64; METHODS],
    /// Bytes of files that were stored.
    pub(super) stored: AtomicU64,
    /// Bytes of files that were read.
    pub(super) read: AtomicU64,
}

const METHODS: usize = Method::ALL.len();

/// The durations of the calls of one method.
struct Took {
    classes: [AtomicU64; LATENCIES.len() + 1],
    nanoseconds: AtomicU64,
}

/// The durations of the calls of one method: see [`Provider::latencies`](super::Provider::latencies).
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    /// The method.
    pub method: Method,
    /// The sum of all durations.
    pub total: Duration,
    /// The number of calls in each class of [`LATENCIES`], the longest class last.
    pub classes: [u64; LATENCIES.len() + 1],
}

/// Success, then each kind of error in the order of [`ErrorKind::ALL`].
const OUTCOMES: usize = ErrorKind::ALL.len() + 1;

impl ProviderMetrics {
    pub(super) fn new() -> Self {
        Self {
            outcomes: [const { [const { AtomicU64::new(0) }; OUTCOMES] }; METHODS],
            took: [const {
                Took { classes: [const { AtomicU64::new(0) }; LATENCIES.len() + 1], nanoseconds: AtomicU64::new(0) }
            }; METHODS],
            in_flight: [const { AtomicU64::new(0) }; METHODS],
            stored: AtomicU64::new(0),
            read: AtomicU64::new(0),
        }
    }

    /// Counts and times a call. A call that is dropped before its end is under way until then, and is not counted
    /// otherwise.
    pub(super) async fn measure<T>(&self, method: Method, call: impl Future<Output = Result<T>>) -> Result<T> {
        let _under_way = UnderWay::new(&self.in_flight[method as usize]);
        let begun = Instant::now();
        let result = call.await;
        self.took[method as usize].add(begun.elapsed());
        self.count(method, result)
    }

    /// The number of unfinished calls of each method.
    pub(super) fn in_flight(&self) -> impl Iterator<Item = (Method, u64)> {
        Method::ALL.iter().zip(&self.in_flight).map(|(method, count)| (*method, count.load(Ordering::Relaxed)))
    }

    /// The durations of finished calls, for each method that was called.
    pub(super) fn latencies(&self) -> impl Iterator<Item = Latency> {
        let all = Method::ALL.iter().zip(&self.took).map(|(method, took)| Latency {
            method: *method,
            total: Duration::from_nanos(took.nanoseconds.load(Ordering::Relaxed)),
            classes: std::array::from_fn(|index| took.classes[index].load(Ordering::Relaxed)),
        });
        all.filter(|latency| latency.classes.iter().any(|count| *count > 0))
    }

    /// Counts a finished call by its result.
    fn count<T>(&self, method: Method, result: Result<T>) -> Result<T> {
        let outcome = result.as_ref().err().map_or(0, |error| {
            1 + ErrorKind::ALL.iter().position(|kind| *kind == error.kind()).unwrap_or(OUTCOMES - 2)
        });
        self.outcomes[method as usize][outcome].fetch_add(1, Ordering::Relaxed);
        result
    }

    /// The counters that are not zero, with their methods and outcomes.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Method, Option<ErrorKind>, u64)> {
        Method::ALL.iter().zip(&self.outcomes).flat_map(|(method, outcomes)| {
            let kinds = std::iter::once(None).chain(ErrorKind::ALL.into_iter().map(Some));
            let counts = outcomes.iter().map(|count| count.load(Ordering::Relaxed));
            kinds.zip(counts).filter(|(_, count)| *count > 0).map(|(kind, count)| (*method, kind, count))
        })
    }
}

impl Took {
    fn add(&self, took: Duration) {
        let class = LATENCIES.partition_point(|bound| *bound < took.as_secs_f64());
        self.classes[class].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

/// A guard that counts a call as under way until it is dropped.
struct UnderWay<'a>(&'a AtomicU64);

impl<'a> UnderWay<'a> {
    fn new(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use longshore_provider::Error;

    use super::*;

    #[test]
    fn calls_are_counted_by_how_they_ended() {
        let metrics = ProviderMetrics::new();
        for _ in 0..2 {
            metrics.count(Method::Upload, Ok(5)).unwrap();
        }
        metrics.count(Method::Sign, Err::<(), _>(Error::new(ErrorKind::Internal, "x"))).unwrap_err();
        metrics.count(Method::Sign, Err::<(), _>(Error::new(ErrorKind::NotFound, "x"))).unwrap_err();
        let expected = [
            (Method::Upload, None, 2),
            (Method::Sign, Some(ErrorKind::NotFound), 1),
            (Method::Sign, Some(ErrorKind::Internal), 1),
        ];
        assert_eq!(metrics.counts().collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn calls_are_under_way_until_they_end_or_are_dropped() {
        let metrics = ProviderMetrics::new();
        let under_way = || metrics.in_flight().map(|(_, count)| count).sum::<u64>();
        let (send, wait) = tokio::sync::oneshot::channel::<()>();
        {
            let mut call =
                Box::pin(metrics.measure(Method::Open, async { wait.await.map_err(|_| Error::not_found("x")) }));
            let first = tokio::time::timeout(Duration::ZERO, &mut call).await;
            assert!(first.is_err());
            assert_eq!(under_way(), 1);
        }
        assert_eq!(under_way(), 0);
        drop(send);
        assert_eq!(metrics.latencies().count(), 0, "it did not end");
        metrics.measure(Method::Open, async { Ok(()) }).await.unwrap();
        let latencies: Vec<Latency> = metrics.latencies().collect();
        assert_eq!((latencies.len(), latencies[0].method), (1, Method::Open));
        assert_eq!(latencies[0].classes.iter().sum::<u64>(), 1);
    }

    #[test]
    fn calls_are_classed_by_how_long_they_took() {
        let took = Took { classes: [const { AtomicU64::new(0) }; LATENCIES.len() + 1], nanoseconds: AtomicU64::new(0) };
        for milliseconds in [0, 1, 2, 400_000] {
            took.add(Duration::from_millis(milliseconds));
        }
        let classes: Vec<u64> = took.classes.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        assert_eq!(classes, [1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    }
}
