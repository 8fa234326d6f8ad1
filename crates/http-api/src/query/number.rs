//! Parses and formats numbers like JavaScript.

use super::tree::Node;

/// Converts a text like JavaScript's `Number(text)`.
pub(crate) fn parse(text: &str) -> f64 {
    let text = text.trim();
    let digits = |radix, digits: &str| {
        let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        let value = |sum: f64, digit: char| sum * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or(0));
        if valid { digits.chars().fold(0.0, value) } else { f64::NAN }
    };
    match text.as_bytes() {
        [] => 0.0,
        [b'0', b'x' | b'X', ..] => digits(16, &text[2..]),
        [b'0', b'o' | b'O', ..] => digits(8, &text[2..]),
        [b'0', b'b' | b'B', ..] => digits(2, &text[2..]),
        _ => match text.trim_start_matches(['+', '-']) {
            "Infinity" if text.starts_with('-') && text.len() == "-Infinity".len() => f64::NEG_INFINITY,
            "Infinity" if text.len() <= "+Infinity".len() => f64::INFINITY,
            // Exclude `inf` and `nan`, which Rust accepts.
            unsigned if unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') => {
                text.parse().unwrap_or(f64::NAN)
            }
            _ => f64::NAN,
        },
    }
}

/// Converts a node like `toNumber` of lodash: a list becomes the number that its joined elements form.
pub(super) fn of_node(node: &Node) -> f64 {
    match node {
        Node::Null => 0.0,
        Node::Text(text) => parse(text),
        Node::List(list) => match list.as_slice() {
            [] => 0.0,
            [node] => of_node(node),
            _ => f64::NAN,
        },
        Node::Map(_) => f64::NAN,
    }
}

/// Formats a number like JavaScript, except that very large and very small numbers have no exponent.
pub(crate) fn show(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else {
        number.to_string()
    }
}

/// Converts a number to a non-negative integer, or returns `None`. Larger values than a table can count are clamped.
pub(super) fn count(number: f64) -> Option<u64> {
    /// 2^62: no table has more rows, and databases can count this far.
    const MOST: f64 = 4_611_686_018_427_387_904.0;
    if number.fract() != 0.0 || number < 0.0 || !number.is_finite() {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, from 0 to 2^62")]
    Some(number.min(MOST) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_numbers_that_javascript_reads() {
        for (text, number) in [
            ("", 0.0),
            (" 12 ", 12.0),
            ("1.5", 1.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("-3", -3.0),
            ("+3", 3.0),
            ("1e3", 1000.0),
            ("0x1F", 31.0),
            ("0b11", 3.0),
            ("0o17", 15.0),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(parse(text).to_bits(), f64::to_bits(number), "{text}");
        }
        for text in
            ["abc", "1a", "nan", "inf", "-0x10", "0x", "1_000", "1 2", "--1", "++Infinity", "--Infinity", "infinity"]
        {
            assert!(parse(text).is_nan(), "{text}");
        }
    }

    #[test]
    fn counts_are_whole_and_not_negative() {
        assert_eq!([0.0, 7.0, -1.0, 1.5, f64::NAN].map(count), [Some(0), Some(7), None, None, None]);
        assert_eq!(count(1e300), Some(1 << 62));
    }

    #[test]
    fn numbers_are_shown_as_there() {
        assert_eq!([f64::NAN, -2.0, 1.5, f64::INFINITY].map(show), ["NaN", "-2", "1.5", "Infinity"]);
    }
}
