//! Parses times in queries: ISO 8601, or milliseconds since 1970.

use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

/// Parses a time into milliseconds since 1970, UTC. A time without a zone is in UTC.
pub(super) fn parse(text: &str) -> Option<i64> {
    iso(text).or_else(|| text.parse().ok())
}

fn iso(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', ' ']).map_or((text, None), |(date, time)| (date, Some(time)));
    let date = self::date(date)?;
    let (time, offset) = match time {
        None => (Time::MIDNIGHT, UtcOffset::UTC),
        Some(time) => zoned(time)?,
    };
    let nanoseconds = PrimitiveDateTime::new(date, time).assume_offset(offset).unix_timestamp_nanos();
    i64::try_from(nanoseconds / 1_000_000).ok()
}

/// Parses `2026`, `2026-03`, `2026-03-01`, `20260301`.
fn date(text: &str) -> Option<Date> {
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = match rest.len() {
        0 => (1, 1),
        3 => (number(rest.strip_prefix('-')?)?, 1),
        4 => (number(&rest[..2])?, number(&rest[2..])?),
        6 => {
            let (month, day) = rest.strip_prefix('-')?.split_once('-')?;
            (number(month)?, number(day)?)
        }
        _ => return None,
    };
    let digits = year.bytes().all(|digit| digit.is_ascii_digit());
    Date::from_calendar_date(year.parse().ok().filter(|_| digits)?, Month::try_from(month).ok()?, day).ok()
}

/// Parses `10`, `10:30`, `10:30:05`, `10:30:05.123`, `103005`, followed by `Z`, `+02`, `+02:00`, `+0200` or no zone.
fn zoned(text: &str) -> Option<(Time, UtcOffset)> {
    let (clock, offset) = if let Some(clock) = text.strip_suffix('Z') {
        (clock, UtcOffset::UTC)
    } else if let Some(at) = text.rfind(['+', '-']) {
        (&text[..at], self::offset(&text[at..])?)
    } else {
        (text, UtcOffset::UTC)
    };
    let (whole, fraction) = clock.split_once(['.', ',']).map_or((clock, None), |(whole, part)| (whole, Some(part)));
    let compact = whole.replace(':', "");
    if !matches!(compact.len(), 2 | 4 | 6) {
        return None;
    }
    let part = |at: usize| compact.get(at..at + 2).map_or(Some(0), number);
    let milliseconds = match fraction {
        None => 0,
        Some(digits) if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            return None;
        }
        Some(digits) => format!("{digits:0<3}")[..3].parse().ok()?,
    };
    let time = Time::from_hms_milli(part(0)?, part(2)?, part(4)?, milliseconds).ok()?;
    Some((time, offset))
}

fn offset(text: &str) -> Option<UtcOffset> {
    let sign: i8 = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.get(1..)?.replace(':', "");
    let hours: i8 = number(digits.get(..2)?)?;
    let minutes: i8 = match digits.len() {
        2 => 0,
        4 => number(&digits[2..])?,
        _ => return None,
    };
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

/// Parses exactly two digits.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_in_many_forms() {
        const DAY: i64 = 1_767_225_600_000;
        for text in ["2026", "2026-01", "2026-01-01", "20260101", "2026-01-01T00:00Z", "2026-01-01 00", "1767225600000"]
        {
            assert_eq!(parse(text), Some(DAY), "{text}");
        }
        assert_eq!(parse("2026-01-01T10:30:05.12Z"), Some(DAY + 37_805_120));
        assert_eq!(parse("2026-01-01T10:30:05,123456+02:00"), Some(DAY + 30_605_123));
        assert_eq!(parse("20260101T103005-0030"), Some(DAY + 39_605_000));
        assert_eq!(parse("2026-01-01T02+02"), Some(DAY));
        assert_eq!(parse("-1000"), Some(-1000));
    }

    #[test]
    fn an_invalid_time_is_none() {
        for text in ["", "nonsense", "2026-13-01", "2026-02-30", "2026-1-1", "2026-01-01T25", "2026-01-01T10:3", "ünï"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
