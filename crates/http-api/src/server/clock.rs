//! Timeouts of inactive connections.

use std::{
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::limits::Limits;

/// Tracks what a connection is waiting for, and since when.
pub(super) struct Clock {
    state: Mutex<State>,
    changed: Notify,
    header_timeout: Duration,
    idle_timeout: Duration,
    write_timeout: Duration,
}

#[derive(Clone, Copy, Debug)]
struct State {
    phase: Phase,
    /// The time since which the client has not read written bytes.
    blocked: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// A request head has started to arrive.
    Head(Instant),
    /// The connection waits for the next request.
    Idle(Instant),
    /// A request is being processed. Its body has a separate timeout.
    Busy,
}

/// Marks the connection as busy until the guard is dropped.
pub(super) struct BusyGuard(Arc<Clock>);

impl Clock {
    /// The clock of a newly accepted connection, which waits for its first request.
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            state: Mutex::new(State { phase: Phase::Head(Instant::now()), blocked: None }),
            changed: Notify::new(),
            header_timeout: limits.header_timeout,
            idle_timeout: limits.idle_timeout,
            write_timeout: limits.body_timeout,
        }
    }

    /// Records that a request head is complete.
    pub(super) fn busy(self: &Arc<Self>) -> BusyGuard {
        self.change(|state| state.phase = Phase::Busy);
        BusyGuard(self.clone())
    }

    /// Records that bytes have arrived.
    pub(super) fn read(&self) {
        let idle = matches!(self.state().phase, Phase::Idle(_));
        if idle {
            self.change(|state| state.phase = Phase::Head(Instant::now()));
        }
    }

    /// Records whether the client reads what is written.
    pub(super) fn written(&self, blocked: bool) {
        if self.state().blocked.is_some() != blocked {
            self.change(|state| state.blocked = blocked.then(Instant::now));
        }
    }

    /// Resolves when the connection has exceeded a timeout.
    pub(super) async fn expired(&self) {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            match self.deadline() {
                None => changed.await,
                Some(deadline) => tokio::select! {
                    () = changed => {}
                    () = sleep_until(deadline) => {
                        if self.deadline().is_some_and(|deadline| deadline <= Instant::now()) {
                            return;
                        }
                    }
                },
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let State { phase, blocked } = *self.state();
        let waited = match phase {
            Phase::Head(since) => Some(since + self.header_timeout),
            Phase::Idle(since) => Some(since + self.idle_timeout),
            Phase::Busy => None,
        };
        let blocked = blocked.map(|since| since + self.write_timeout);
        waited.into_iter().chain(blocked).min()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.change(|state| state.phase = Phase::Idle(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Drain;

    const HEADER: Duration = Duration::from_secs(10);
    const BODY: Duration = Duration::from_secs(30);
    const IDLE: Duration = Duration::from_secs(75);

    fn clock() -> Arc<Clock> {
        Arc::new(Clock::new(&Limits {
            connections: 1,
            header_timeout: HEADER,
            body_timeout: BODY,
            lowest_rate: 1,
            idle_timeout: IDLE,
            shutdown_timeout: HEADER,
            drain: Drain::default(),
        }))
    }

    /// The remaining time until the timeout, in whole seconds.
    fn patience(clock: &Clock) -> Option<u64> {
        let half = Duration::from_millis(500);
        clock.deadline().map(|deadline| (deadline.duration_since(Instant::now()) + half).as_secs())
    }

    #[tokio::test]
    async fn a_head_has_to_come_soon_and_the_next_request_later() {
        let clock = clock();
        assert_eq!(patience(&clock), Some(10));
        let busy = clock.busy();
        assert_eq!(patience(&clock), None);
        drop(busy);
        assert_eq!(patience(&clock), Some(75));
    }

    #[tokio::test]
    async fn a_head_that_has_begun_does_not_get_the_time_of_an_idle_connection() {
        let clock = clock();
        drop(clock.busy());
        clock.read();
        assert_eq!(patience(&clock), Some(10));
        let before = clock.deadline();
        clock.read();
        assert_eq!(clock.deadline(), before);
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_ends_the_connection() {
        let clock = clock();
        let _busy = clock.busy();
        clock.written(true);
        assert_eq!(patience(&clock), Some(30));
        clock.written(false);
        assert_eq!(patience(&clock), None);
    }

    #[tokio::test]
    async fn waiting_for_the_deadline_sees_changes_of_the_deadline() {
        let clock = Arc::new(Clock { idle_timeout: Duration::ZERO, ..Arc::into_inner(clock()).unwrap() });
        let busy = clock.busy();
        let watched = clock.clone();
        let waiting = tokio::spawn(async move { watched.expired().await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(busy);
        waiting.await.unwrap();
    }
}
