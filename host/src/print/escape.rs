//! Escaping of untrusted text (file names, keys, messages of a service). The text must not control the terminal or
//! imitate a line of this program.

use std::{
    borrow::Cow,
    fmt::{self, Write},
};

/// Text within a line: control characters are escaped, including line feeds.
pub(crate) struct Inline<'a>(pub(crate) &'a str);

impl fmt::Display for Inline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&inline(self.0))
    }
}

/// The text with control characters escaped, such as `\u{1b}`. Line feeds stay.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_control(c) && c != '\n', |c, out| out.extend(c.escape_default()))
}

/// The text with control characters and line feeds escaped, which keeps it on one line.
pub(super) fn inline(text: &str) -> Cow<'_, str> {
    escape(text, is_control, |c, out| out.extend(c.escape_default()))
}

/// JSON with those control characters escaped that JSON itself allows in a string.
pub(super) fn json(text: &str) -> Cow<'_, str> {
    escape(text, is_control, |c, out| {
        // Writing to a text does not fail.
        let _ = write!(out, "\\u{:04x}", u32::from(c));
    })
}

/// Characters that control a terminal or change how the surrounding text is displayed: controls, line and paragraph
/// separators, and characters that change the direction of writing. All of them are in the Basic Multilingual Plane.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escape(text: &str, is_escaped: impl Fn(char) -> bool, write: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_escaped(c) { write(c, &mut out) } else { out.push(c) }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_does_not_control_the_terminal() {
        assert_eq!(escaped("a\u{1b}[2Jb\r\u{9b}c\nd"), "a\\u{1b}[2Jb\\r\\u{9b}c\nd");
        assert_eq!(escaped("gpj.\u{202e}exe"), "gpj.\\u{202e}exe");
        assert_eq!(escaped("plain ä 日本"), "plain ä 日本");
    }

    #[test]
    fn inline_text_stays_on_its_line() {
        assert_eq!(inline("a\n7  forged\u{2028}b"), "a\\n7  forged\\u{2028}b");
        assert_eq!(format!("{:6}|{}", Inline("ä"), Inline("a\nb")), "ä     |a\\nb");
    }

    #[test]
    fn escaped_json_is_the_same_json() {
        let text = serde_json::to_string("a\u{9b}\u{202e}\n").unwrap();
        assert_eq!(json(&text), r#""a\u009b\u202e\n""#);
        assert_eq!(serde_json::from_str::<String>(&json(&text)).unwrap(), "a\u{9b}\u{202e}\n");
    }
}
