//! The format of `.env` files, as npm's `dotenv` 16 reads them.
//!
//! Each variable has the form `NAME=value`, `export NAME=value` or `NAME: value`. An unquoted value ends at a `#` or at
//! the end of the line, and surrounding spaces are dropped. Quoted values (`'`, `"`, `` ` ``) may span lines. Within
//! double quotes, `\n` and `\r` are line breaks. Variables are not substituted. Unlike `dotenv`, this parser reports
//! lines of any other form as errors, because they are likely mistakes.

use std::path::Path;

use crate::config::problem::Problem;

/// One variable of the file.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) value: String,
    /// The line number, from 1.
    pub(super) line: u32,
}

/// The file's variables in their order. If a variable occurs twice, the last value counts.
pub(super) fn parse(text: &str, label: &Path, problems: &mut Vec<Problem>) -> Vec<Entry> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut entries = Vec::new();
    let mut rest = text.as_str();
    let mut line = 1;
    while !rest.is_empty() {
        let (current, _) = split_line(rest);
        let start = current.trim_start();
        let taken = if start.is_empty() || start.starts_with('#') {
            current.len() + 1
        } else {
            match entry(&rest[current.len() - start.len()..]) {
                Ok((name, value, length)) => {
                    entries.push(Entry { name, value, line });
                    current.len() - start.len() + length
                }
                Err(message) => {
                    problems.push(Problem::in_file(label, message).on_line(line, None));
                    current.len() + 1
                }
            }
        };
        let taken = taken.min(rest.len());
        line += u32::try_from(rest[..taken].matches('\n').count()).unwrap_or(u32::MAX);
        rest = &rest[taken..];
    }
    entries
}

/// The name, the value, and the number of bytes that the entry occupies, including the end of the line.
fn entry(text: &str) -> Result<(String, String, usize), &'static str> {
    let (line, _) = split_line(text);
    let declaration = match line.strip_prefix("export") {
        Some(after) if after.starts_with([' ', '\t']) => after.trim_start(),
        _ => line,
    };
    let end =
        declaration.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(declaration.len());
    let (name, after) = declaration.split_at(end);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return Err("not of the form `NAME=value`");
    }
    let after = after.trim_start();
    let value = after
        .strip_prefix('=')
        .or_else(|| after.strip_prefix(':').filter(|value| value.starts_with([' ', '\t'])))
        .ok_or("not of the form `NAME=value`")?
        .trim_start();
    if value.contains('\0') {
        return Err("a value has a zero byte");
    }
    let value_at = line.len() - value.len();
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '\'' | '"' | '`')) else {
        let value = value.split('#').next().unwrap_or_default().trim();
        return Ok((name.to_owned(), value.to_owned(), line.len() + 1));
    };
    let quoted = &text[value_at + 1..];
    let length = closing(quoted, quote).ok_or("a quotation mark is not closed")?;
    let (tail, _) = split_line(&quoted[length + 1..]);
    if !(tail.trim().is_empty() || tail.trim_start().starts_with('#')) {
        return Err("text follows a closing quotation mark");
    }
    let value = &quoted[..length];
    if value.contains('\0') {
        return Err("a value has a zero byte");
    }
    let value = if quote == '"' { value.replace("\\n", "\n").replace("\\r", "\r") } else { value.to_owned() };
    Ok((name.to_owned(), value, value_at + 1 + length + 1 + tail.len() + 1))
}

/// The position of the closing quotation mark. A quotation mark after a backslash does not close the value, and both
/// characters stay in the value.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\';
        closes.then_some(at)
    })
}

fn split_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        let mut problems = Vec::new();
        let entries = parse(text, Path::new(".env"), &mut problems);
        match problems.first() {
            Some(problem) => Err(problem.to_string()),
            None => Ok(entries.into_iter().map(|entry| (entry.name, entry.value)).collect()),
        }
    }

    #[test]
    fn values_are_read_as_npm_does() {
        for (text, value) in [
            ("A=b", "b"),
            ("A=", ""),
            ("A = b c  ", "b c"),
            ("export A=b", "b"),
            ("A: b", "b"),
            ("A=b # comment", "b"),
            ("A=b#c", "b"),
            ("A='b#c' # d", "b#c"),
            ("A=\"x\\ny\"", "x\ny"),
            ("A='x\\ny'", "x\\ny"),
            ("A=`it's \"x\"`", "it's \"x\""),
            ("A=p$ss${w}", "p$ss${w}"),
            ("A=k=v==", "k=v=="),
            ("A=it's", "it's"),
            ("A=\"one\r\ntwo\"\r\n", "one\ntwo"),
            ("\u{20}\u{20}A=b", "b"),
            ("# c\n\nA=b\n", "b"),
        ] {
            assert_eq!(read(text), Ok(vec![("A".to_owned(), value.to_owned())]), "{text:?}");
        }
    }

    #[test]
    fn entries_after_a_value_of_several_lines_are_found() {
        let entries = parse("A='1\n2\n3'\nB=4\nC=5", Path::new(".env"), &mut Vec::new());
        let lines: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.line)).collect();
        assert_eq!(lines, [("A", 1), ("B", 4), ("C", 5)]);
    }

    #[test]
    fn a_line_that_is_no_variable_is_an_error_that_does_not_repeat_it() {
        for (text, message) in [
            ("A=1\nsecret", ".env:2: not of the form `NAME=value`"),
            ("1A=secret", ".env:1: not of the form `NAME=value`"),
            ("A-B=secret", ".env:1: not of the form `NAME=value`"),
            ("A='secret", ".env:1: a quotation mark is not closed"),
            ("A='secret' secret", ".env:1: text follows a closing quotation mark"),
            ("A=sec\0ret", ".env:1: a value has a zero byte"),
        ] {
            assert_eq!(read(text), Err(message.to_owned()));
        }
    }
}
