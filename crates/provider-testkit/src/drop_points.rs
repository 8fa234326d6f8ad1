//! Drops calls before they complete, at each of their await points.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::{Duration, Instant},
};

use tokio::time::timeout;

/// The moment at which a call is dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DropPoint {
    /// The call is pending again after this number of wakes.
    Waits(u32),
    /// This time has passed.
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

/// A call with more waits than this is polling in a loop.
const MOST_WAITS: u32 = 60;
/// A call is dropped after 1/12, 2/12, … of its duration. The steps are repeated, because the duration varies.
const STEPS: u32 = 12;
const ROUNDS: u32 = 2;

/// The drop points of a call that is repeated. Each drop point is later than the last, until the call completes.
///
/// A call that runs in its caller's task is dropped at each of its waits. A call that runs on the library's own threads
/// wakes its caller only when it completes. It is dropped after growing fractions of its duration instead.
pub(crate) struct DropPoints {
    patience: Duration,
    started: Instant,
    waits: u32,
    /// The shortest time in which the call completed.
    whole: Option<Duration>,
    step: u32,
}

impl DropPoints {
    /// Drop points for at most about twice `patience`.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { patience, started: Instant::now(), waits: 0, whole: None, step: 0 }
    }

    /// The next drop point. `None` ends the series.
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

    /// Records how the call ended: its duration if it completed, `None` if it was dropped.
    pub(crate) fn came_to(&mut self, end: Option<Duration>) {
        self.whole = match (self.whole, end) {
            (Some(whole), Some(end)) => Some(whole.min(end)),
            (whole, end) => whole.or(end),
        };
    }
}

/// Drives `call` up to `point` and then drops it. If `call` completes first, returns its result and duration.
pub(crate) async fn dropped_at<T>(call: impl Future<Output = T>, point: DropPoint) -> Option<(T, Duration)> {
    let began = Instant::now();
    let answer = match point {
        DropPoint::Waits(most) => {
            let (mut call, mut waits) = (pin!(call), 0);
            // Only the call wakes this task. Each poll after the first is therefore a wake of the call.
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
