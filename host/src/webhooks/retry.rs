//! The schedule of retries.

use std::time::Duration;

/// The first wait. Each further wait is twice as long.
const FIRST: Duration = Duration::from_secs(1);

/// The longest wait.
const LONGEST: Duration = Duration::from_hours(1);

/// The age at which a message is given up.
pub(super) const OLDEST: Duration = Duration::from_hours(24);

/// The wait after `attempts` failed attempts; `None` to give up. `age` is the age of the message. `chance`, from 0 to
/// 1, is the jitter that spreads the retries of messages that failed together.
pub(super) fn after(attempts: u32, age: Duration, chance: f64) -> Option<Duration> {
    if age >= OLDEST {
        return None;
    }
    let doublings = attempts.saturating_sub(1).min(20);
    let wait = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    Some(wait.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0))
}

/// A random number from 0 to 1. It is predictable, which is sufficient for jitter.
pub(super) fn chance() -> f64 {
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    f64::from(nanos % 1_000_000) / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_a_second_to_an_hour() {
        let waits: Vec<_> = (1..=14).map(|attempts| after(attempts, Duration::ZERO, 1.0).unwrap().as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
        assert_eq!(after(u32::MAX, Duration::ZERO, 0.0), Some(LONGEST / 2));
    }

    #[test]
    fn a_message_is_dropped_after_a_day() {
        assert!(after(1, Duration::from_hours(23), 0.5).is_some());
        assert_eq!(after(1, OLDEST, 0.5), None);
    }

    #[test]
    fn chance_is_between_nothing_and_one() {
        assert!((0..1000).all(|_| (0.0..=1.0).contains(&chance())));
    }
}
