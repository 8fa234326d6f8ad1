//! Times as they are printed: RFC 3339, UTC, to the millisecond.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The text of a time; `None` if the calendar cannot represent it.
pub(in crate::cli) fn rfc3339(time: SystemTime) -> Option<String> {
    let millis = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).ok()?,
        Err(before) => i64::try_from(before.duration().as_millis()).ok()?.checked_neg()?,
    };
    rfc3339_ms(millis)
}

/// The same for milliseconds since 1970.
pub(in crate::cli) fn rfc3339_ms(millis: i64) -> Option<String> {
    let nanos = i128::from(millis) * i128::try_from(Duration::from_millis(1).as_nanos()).ok()?;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_and_absurd_ones_are_none() {
        let time = UNIX_EPOCH + Duration::from_millis(1_700_000_000_120);
        assert_eq!(rfc3339(time).unwrap(), "2023-11-14T22:13:20.12Z");
        assert_eq!(rfc3339_ms(-1000).unwrap(), "1969-12-31T23:59:59Z");
        assert_eq!(rfc3339_ms(i64::MAX), None);
    }
}
