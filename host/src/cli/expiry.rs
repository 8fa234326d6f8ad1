//! Durations of the command line: `60`, `60s`, `15m`, `12h`, `7d`.

use std::time::Duration;

/// The longest duration in seconds: 36,500 days. Longer durations are mistakes, and would exceed the calendar.
const LONGEST: u64 = 36_500 * 24 * 60 * 60;

/// Parses a duration. A number without a unit is in seconds.
pub(in crate::cli) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err("a duration is a number of seconds, or one such as `60s`, `15m`, `12h`, `7d`".to_owned()),
    };
    let count: u64 = digits.parse().map_err(|_| "a duration is a whole number, with or without a unit".to_owned())?;
    match count.checked_mul(unit) {
        Some(0) => Err("a duration is at least one second".to_owned()),
        Some(seconds) if seconds <= LONGEST => Ok(Duration::from_secs(seconds)),
        _ => Err("a duration is at most 36500 days (100 years)".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_seconds_to_days() {
        for (text, seconds) in
            [("60", 60), ("60s", 60), ("15m", 900), ("2h", 7200), ("7d", 604_800), ("36500d", LONGEST)]
        {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for bad in [
            "",
            "s",
            "0",
            "1.5h",
            "-1",
            "1w",
            "1 m",
            "m15",
            "99999999999999999999",
            "999999999999999999d",
            "99999999999d",
            "36501d",
            "3153600001",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
