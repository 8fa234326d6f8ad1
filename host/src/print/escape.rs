//! Text that others wrote (keys, messages of a service) must not steer the terminal.

use std::borrow::Cow;

/// Control characters other than line feeds, written out: `\u{1b}`.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && c != '\n';
    if !text.contains(steers) {
        return text.into();
    }
    text.chars()
        .fold(String::with_capacity(text.len() + 8), |mut out, c| {
            if steers(c) {
                out.extend(c.escape_default());
            } else {
                out.push(c);
            }
            out
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(escaped("a\u{1b}[2Jb\r\u{9b}c\nd"), "a\\u{1b}[2Jb\\r\\u{9b}c\nd");
        assert_eq!(escaped("plain ä 日本"), "plain ä 日本");
    }
}
