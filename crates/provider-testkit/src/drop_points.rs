//! Calls that are dropped before their end, at each place where they wait.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::{Duration, Instant},
};

use tokio::time::timeout;

/// Where a call is dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DropPoint {
    /// When it waits again after so many things that it waited for have come.
    Waits(u32),
    /// After a time.
    After(Duration),
}

impl fmt::Display for DropPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waits(0) => f.write_str("where it first waited"),
            Self::Waits(count) => write!(f, "where it waited after {count} wakes"),
            Self::After(time) => write!(f, "after {time:.1?}"),
        }
    }
}

/// More waits than this are those of a loop.
const MOST_WAITS: u32 = 60;
/// In how many steps a call is dropped from its beginning to its end, and how often: no two take the same time.
const STEPS: u32 = 12;
const ROUNDS: u32 = 2;

/// The points at which a call is dropped that is made again and again: a later one each time, until it comes to its end.
///
/// A call that the caller polls is dropped at each place where it waits. One that runs on the library's own threads
/// wakes its caller at its end alone: it is dropped after a part of the time that it takes, part by part.
pub(crate) struct DropPoints {
    patience: Duration,
    started: Instant,
    waits: u32,
    /// How long it took when it came to its end the fastest.
    whole: Option<Duration>,
    step: u32,
}

impl DropPoints {
    /// For at most about twice `patience`.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { patience, started: Instant::now(), waits: 0, whole: None, step: 0 }
    }

    /// Where it is dropped next.
    pub(crate) fn next(&mut self) -> Option<DropPoint> {
        let in_time = self.started.elapsed() < self.patience;
        if self.whole.is_none() && self.waits < MOST_WAITS && in_time {
            self.waits += 1;
            return Some(DropPoint::Waits(self.waits - 1));
        }
        if self.step == 0 {
            self.started = Instant::now();
        } else if !in_time {
            return None;
        }
        self.step += 1;
        let whole = *self.whole.get_or_insert(Duration::from_millis(100));
        let step = (self.step - 1) % STEPS + 1;
        (self.step <= STEPS * ROUNDS).then(|| DropPoint::After(whole * step / STEPS))
    }

    /// What became of it: how long it took if it came to its end.
    pub(crate) fn came_to(&mut self, end: Option<Duration>) {
        self.whole = match (self.whole, end) {
            (Some(whole), Some(end)) => Some(whole.min(end)),
            (whole, end) => whole.or(end),
        };
    }
}

/// Drives `call` up to `point`; then drops it. What it returned if it ended before, and how long it took.
pub(crate) async fn dropped_at<T>(call: impl Future<Output = T>, point: DropPoint) -> Option<(T, Duration)> {
    let began = Instant::now();
    let answer = match point {
        DropPoint::Waits(most) => {
            let (mut call, mut waits) = (pin!(call), 0);
            // Nothing but what it waits for wakes this: each poll but the first is a wake.
            poll_fn(|context| match call.as_mut().poll(context) {
                Poll::Ready(answer) => Poll::Ready(Some(answer)),
                Poll::Pending if waits == most => Poll::Ready(None),
                Poll::Pending => {
                    waits += 1;
                    Poll::Pending
                }
            })
            .await
        }
        DropPoint::After(time) => timeout(time, call).await.ok(),
    };
    answer.map(|answer| (answer, began.elapsed()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
    async fn a_call_is_dropped_at_each_of_its_waits() {
        let reached = AtomicU32::new(0);
        let call = async || {
            for step in 1..=5 {
                reached.store(step, Ordering::Relaxed);
                sleep(Duration::from_millis(1)).await;
            }
        };
        let mut dropped_in = Vec::new();
        let mut points = DropPoints::new(Duration::from_mins(1));
        while let Some(point) = points.next() {
            let ended = dropped_at(call(), point).await;
            if ended.is_none() {
                dropped_in.push(reached.load(Ordering::Relaxed));
            }
            points.came_to(ended.map(|((), took)| took));
        }
        assert_eq!(dropped_in[..5], [1, 2, 3, 4, 5]);
        assert!(dropped_in.len() > 5, "and it is dropped after parts of its time: {dropped_in:?}");
    }

    #[tokio::test]
    async fn a_call_that_runs_elsewhere_is_dropped_in_the_midst_of_its_time() {
        let call = async || tokio::spawn(sleep(Duration::from_millis(24))).await;
        let mut dropped = 0;
        let mut points = DropPoints::new(Duration::from_mins(1));
        while let Some(point) = points.next() {
            let ended = dropped_at(call(), point).await;
            dropped += usize::from(ended.is_none());
            points.came_to(ended.map(|(_, took)| took));
        }
        assert!(dropped > 6, "{dropped}");
    }
}
