//! Times as JavaScript's `toISOString` writes them.

use std::str;

use serde::{Serialize, Serializer};

use crate::Timestamp;

/// A time as `2026-11-23T18:29:07.597Z`. Years before 0 and after 9999 are shown as the nearest of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Iso(pub(crate) Timestamp);

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.text();
        serializer.serialize_str(str::from_utf8(&text).expect("digits and signs are UTF-8"))
    }
}

impl Iso {
    fn text(self) -> [u8; 24] {
        /// 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z.
        const RANGE: (i64, i64) = (-62_167_219_200_000, 253_402_300_799_999);
        let time = self.0.clamp(RANGE.0, RANGE.1);
        let (day, milliseconds) = (time.div_euclid(86_400_000), time.rem_euclid(86_400_000));
        let (year, month, day) = date(day);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        digits(&mut text[0..4], year);
        digits(&mut text[5..7], month);
        digits(&mut text[8..10], day);
        digits(&mut text[11..13], milliseconds / 3_600_000);
        digits(&mut text[14..16], milliseconds / 60_000 % 60);
        digits(&mut text[17..19], milliseconds / 1000 % 60);
        digits(&mut text[20..23], milliseconds % 1000);
        text
    }
}

/// Year, month and day of the day that lies so many days after 1970-01-01.
///
/// Counted in years that begin in March, in eras of 400 years, after Howard Hinnant's `civil_from_days`.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn digits(place: &mut [u8], mut number: i64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).expect("a digit");
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use time::{OffsetDateTime, macros::format_description};

    use super::*;

    #[test]
    fn times_are_written_as_the_calendar_has_them() {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        // A step that is prime meets leap days, ends of months and every field.
        for time in (-62_167_219_200_000_i64..253_402_300_799_999).step_by(86_399_999_993) {
            let expected = OffsetDateTime::from_unix_timestamp_nanos(i128::from(time) * 1_000_000).unwrap();
            assert_eq!(str::from_utf8(&Iso(time).text()).unwrap(), expected.format(format).unwrap(), "{time}");
        }
        for time in (951_696_000_000_i64 - 86_400_000..).step_by(3_600_001).take(24 * 800) {
            let expected = OffsetDateTime::from_unix_timestamp_nanos(i128::from(time) * 1_000_000).unwrap();
            assert_eq!(str::from_utf8(&Iso(time).text()).unwrap(), expected.format(format).unwrap(), "{time}");
        }
    }

    #[test]
    fn times_out_of_range_are_the_nearest() {
        assert_eq!(&Iso(i64::MIN).text(), b"0000-01-01T00:00:00.000Z");
        assert_eq!(&Iso(i64::MAX).text(), b"9999-12-31T23:59:59.999Z");
    }
}
