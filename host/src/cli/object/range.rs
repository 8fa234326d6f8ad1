//! Ranges of bytes as HTTP writes them: `0-99` is the first hundred bytes, `100-` the rest.

use longshore_provider::ByteRange;

/// Parses a range.
pub(super) fn parse(text: &str) -> Result<ByteRange, String> {
    let wrong = || "a range is `START-END`, both counted from 0 and inclusive, or `START-`".to_owned();
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten().ok_or_else(wrong)
    };
    let (start, end) = text.split_once('-').ok_or_else(wrong)?;
    let start = number(start)?;
    if end.is_empty() {
        return Ok(ByteRange { start, length: None });
    }
    let length = number(end)?.checked_sub(start).ok_or("the range ends before it starts")?;
    Ok(ByteRange { start, length: Some(length.saturating_add(1)) })
}

/// How many bytes of a file of `size` bytes the range has.
pub(super) fn bytes_of(range: Option<ByteRange>, size: u64) -> u64 {
    let Some(range) = range else { return size };
    let rest = size.saturating_sub(range.start);
    range.length.map_or(rest, |length| length.min(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_inclusive() {
        assert_eq!(parse("0-99"), Ok(ByteRange { start: 0, length: Some(100) }));
        assert_eq!(parse("5-5"), Ok(ByteRange { start: 5, length: Some(1) }));
        assert_eq!(parse("100-"), Ok(ByteRange { start: 100, length: None }));
        for bad in ["", "-", "-5", "5", "9-5", "a-b", "+1-2", "1-2-3"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_range_has_no_more_than_the_file() {
        assert_eq!(bytes_of(None, 10), 10);
        assert_eq!(bytes_of(Some(ByteRange { start: 4, length: Some(100) }), 10), 6);
        assert_eq!(bytes_of(Some(ByteRange { start: 4, length: Some(2) }), 10), 2);
        assert_eq!(bytes_of(Some(ByteRange { start: 40, length: None }), 10), 0);
    }
}
