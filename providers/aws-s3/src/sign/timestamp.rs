//! The time of a signature.

use std::time::{SystemTime, UNIX_EPOCH};

/// A point in time, to the second.
#[derive(Clone, Copy)]
pub(crate) struct Timestamp {
    /// Since 1970.
    pub(crate) seconds: u64,
}

impl Timestamp {
    pub(crate) fn of(time: SystemTime) -> Self {
        Self { seconds: time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() }
    }

    pub(crate) fn day(self) -> u64 {
        self.seconds / 86_400
    }

    /// `20130524`. The civil calendar from the count of days, in eras of 400 years that begin in March.
    pub(crate) fn date(self) -> String {
        let days = self.day() + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year + era * 400 + u64::from(month <= 2);
        format!("{year:04}{month:02}{day:02}")
    }

    /// `T000000Z`.
    pub(crate) fn append_time(self, out: &mut String) {
        out.push('T');
        let second = self.seconds % 86_400;
        for part in [second / 3600, second / 60 % 60, second % 60] {
            append_two_digits(out, part);
        }
        out.push('Z');
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a digit")]
fn append_two_digits(out: &mut String, number: u64) {
    out.push(char::from(b'0' + (number / 10) as u8));
    out.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, date) in [
            (0, "19700101"),
            (951_782_400, "20000229"),
            (951_868_800, "20000301"),
            (1_369_353_600, "20130524"),
            (4_102_444_799, "20991231"),
        ] {
            assert_eq!(Timestamp { seconds }.date(), date);
        }
    }
}
