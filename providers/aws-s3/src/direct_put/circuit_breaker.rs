//! Leaves all uploads to the SDK for a while after a failure.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use longshore_provider::tokio::time::Instant;

/// How long the breaker stays open after a first failure. Meanwhile the SDK corrects a clock that is wrong, and gives a
/// service that has trouble time.
const SHORTEST: Duration = Duration::from_mins(1);
/// Each further failure without a success between doubles the time, up to this.
const LONGEST: Duration = Duration::from_mins(15);

/// Closed, until a failure opens it for some time.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    until: Option<Instant>,
    last: Option<Duration>,
}

impl CircuitBreaker {
    pub(super) fn is_open(&self) -> bool {
        self.lock().until.is_some_and(|until| Instant::now() < until)
    }

    pub(super) fn trip(&self) {
        let mut state = self.lock();
        // Of attempts that fail together, one counts.
        if state.until.is_none_or(|until| until <= Instant::now()) {
            let length = state.last.map_or(SHORTEST, |last| (2 * last).min(LONGEST));
            *state = State { until: Some(Instant::now() + length), last: Some(length) };
        }
    }

    /// An attempt has succeeded.
    pub(super) fn note_success(&self) {
        let mut state = self.lock();
        if state.until.is_none_or(|until| until <= Instant::now()) {
            *state = State::default();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circuit_breaker_stays_open_longer_until_a_success() {
        let breaker = CircuitBreaker::default();
        assert!(!breaker.is_open());
        let length = || {
            breaker.trip();
            breaker.trip();
            assert!(breaker.is_open());
            // It has passed.
            let mut state = breaker.lock();
            state.until = Some(Instant::now());
            state.last.unwrap().as_secs() / 60
        };
        assert_eq!([length(), length(), length(), length(), length(), length()], [1, 2, 4, 8, 15, 15]);
        assert!(!breaker.is_open());
        breaker.note_success();
        assert_eq!(length(), 1);
    }

    #[test]
    fn success_of_a_request_from_before_the_failure_does_not_close_the_breaker() {
        let breaker = CircuitBreaker::default();
        breaker.trip();
        breaker.note_success();
        assert!(breaker.is_open());
    }
}
