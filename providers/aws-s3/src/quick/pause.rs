//! When everything is left to the SDK.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use longshore_provider::tokio::time::Instant;

/// After a failure everything is left to the SDK for so long: it corrects a clock that is wrong, and gives a service that
/// has trouble the time it needs.
const SHORTEST: Duration = Duration::from_mins(1);
/// As long as nothing has succeeded since, the next pause is twice as long, up to this.
const LONGEST: Duration = Duration::from_mins(15);

/// Whether there is a pause, and how long the next one is.
#[derive(Debug, Default)]
pub(super) struct Pause(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    until: Option<Instant>,
    last: Option<Duration>,
}

impl Pause {
    pub(super) fn is_on(&self) -> bool {
        self.lock().until.is_some_and(|until| Instant::now() < until)
    }

    pub(super) fn begin(&self) {
        let mut state = self.lock();
        // Of attempts that fail together, one counts.
        if state.until.is_none_or(|until| until <= Instant::now()) {
            let length = state.last.map_or(SHORTEST, |last| (2 * last).min(LONGEST));
            *state = State { until: Some(Instant::now() + length), last: Some(length) };
        }
    }

    /// An attempt has succeeded.
    pub(super) fn is_over(&self) {
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
    fn pauses_grow_until_something_succeeds() {
        let pause = Pause::default();
        assert!(!pause.is_on());
        let length = || {
            pause.begin();
            pause.begin();
            assert!(pause.is_on());
            // It has passed.
            let mut state = pause.lock();
            state.until = Some(Instant::now());
            state.last.unwrap().as_secs() / 60
        };
        assert_eq!([length(), length(), length(), length(), length(), length()], [1, 2, 4, 8, 15, 15]);
        assert!(!pause.is_on());
        pause.is_over();
        assert_eq!(length(), 1);
    }

    #[test]
    fn what_was_begun_before_a_failure_does_not_end_the_pause() {
        let pause = Pause::default();
        pause.begin();
        pause.is_over();
        assert!(pause.is_on());
    }
}
