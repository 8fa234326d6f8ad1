//! `Range`: one part of a file (RFC 9110, section 14).

use axum::http::{HeaderMap, HeaderValue, header::RANGE};

/// The part of a file that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestedRange {
    /// The whole file. A `Range` header with several ranges or a syntax error is ignored.
    Whole,
    /// One range.
    Part(Part),
    /// The range contains no byte of the file.
    Unsatisfiable,
}

/// A range of a file, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The first byte.
    pub(super) start: u64,
    last: u64,
}

impl RequestedRange {
    /// Evaluates the `Range` header for a file of `size` bytes.
    pub(super) fn of(headers: &HeaderMap, size: u64) -> Self {
        let mut values = headers.get_all(RANGE).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return Self::Whole };
        value.to_str().ok().and_then(|value| read(value, size)).unwrap_or(Self::Whole)
    }
}

impl Part {
    /// The number of bytes in the range.
    pub(super) fn length(&self) -> u64 {
        self.last - self.start + 1
    }

    /// The value of `Content-Range`.
    pub(super) fn header(&self, size: u64) -> HeaderValue {
        let Self { start, last } = self;
        HeaderValue::try_from(format!("bytes {start}-{last}/{size}")).expect("digits may stand in a header")
    }
}

fn read(value: &str, size: u64) -> Option<RequestedRange> {
    let (unit, range) = value.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().unwrap_or(u64::MAX));
    if !unit.trim().eq_ignore_ascii_case("bytes") || (first.is_empty() && last.is_empty()) {
        return None;
    }
    let part = match (first, last) {
        ("", last) => {
            let length = number(last)?.min(size);
            (length > 0).then(|| Part { start: size - length, last: size - 1 })
        }
        (first, last) => {
            let start = number(first)?;
            let last = if last.is_empty() { u64::MAX } else { number(last)? };
            if last < start {
                return None;
            }
            (start < size).then(|| Part { start, last: last.min(size - 1) })
        }
    };
    Some(part.map_or(RequestedRange::Unsatisfiable, RequestedRange::Part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &'static str, size: u64) -> RequestedRange {
        RequestedRange::of(&HeaderMap::from_iter([(RANGE, HeaderValue::from_static(value))]), size)
    }

    #[test]
    fn a_single_range_is_parsed() {
        for (value, start, last) in [
            ("bytes=0-0", 0, 0),
            ("bytes=2-5", 2, 5),
            ("bytes=2-", 2, 9),
            ("bytes=2-99", 2, 9),
            ("bytes=-3", 7, 9),
            ("bytes=-99", 0, 9),
            ("BYTES= 0-99999999999999999999999", 0, 9),
        ] {
            assert_eq!(asked(value, 10), RequestedRange::Part(Part { start, last }), "{value}");
        }
    }

    #[test]
    fn a_range_behind_the_end_is_unsatisfiable() {
        for value in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(asked(value, 10), RequestedRange::Unsatisfiable, "{value}");
        }
        assert_eq!(asked("bytes=0-", 0), RequestedRange::Unsatisfiable);
        assert_eq!(asked("bytes=-1", 0), RequestedRange::Unsatisfiable);
    }

    #[test]
    fn everything_else_is_everything() {
        for value in ["bytes=0-1,3-4", "bytes=5-2", "bytes=-", "bytes=a-b", "items=0-1", "bytes", "bytes=+1-2", ""] {
            assert_eq!(asked(value, 10), RequestedRange::Whole, "{value}");
        }
        let mut headers = HeaderMap::new();
        for _ in 0..2 {
            headers.append(RANGE, HeaderValue::from_static("bytes=0-1"));
        }
        assert_eq!(RequestedRange::of(&headers, 10), RequestedRange::Whole);
        assert_eq!(RequestedRange::of(&HeaderMap::new(), 10), RequestedRange::Whole);
    }

    #[test]
    fn a_partial_response_has_its_content_range() {
        let part = Part { start: 2, last: 5 };
        assert_eq!((part.length(), part.header(10)), (4, HeaderValue::from_static("bytes 2-5/10")));
    }
}
