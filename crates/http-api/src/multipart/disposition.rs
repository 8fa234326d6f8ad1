//! Parses `Content-Disposition` and header parameters.

/// The names in a part's `Content-Disposition`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Disposition {
    pub(super) name: Option<String>,
    pub(super) filename: Option<String>,
    /// Whether `filename*` cannot be decoded and no `filename` replaces it.
    pub(super) undecodable: bool,
}

impl Disposition {
    /// Parses `form-data; name="…"; filename="…"`. Returns `None` for all other dispositions.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let (kind, parameters) = value.split_once(';').unwrap_or((value, ""));
        if !kind.trim().eq_ignore_ascii_case("form-data") {
            return None;
        }
        let extended = parameter(parameters, "filename*");
        let decoded = extended.as_deref().and_then(decode_extended);
        let filename = decoded.or_else(|| parameter(parameters, "filename").map(|name| name.replace("%22", "\"")));
        Some(Self {
            undecodable: extended.is_some() && filename.is_none(),
            name: parameter(parameters, "name").map(|name| name.replace("%22", "\"")),
            // Old browsers on Windows send the whole path.
            filename: filename.map(|name| name.rsplit('\\').next().unwrap_or_default().to_owned()),
        })
    }
}

/// The value of a parameter in `; a=b; c="d"`. The first occurrence counts, and names are case-insensitive.
pub(super) fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        rest = rest.trim_start_matches([';', ' ', '\t']);
        let (name, after) = rest.split_once('=')?;
        let (value, after) = if let Some(quoted) = after.trim_start().strip_prefix('"') {
            unquote(quoted)
        } else {
            let end = after.find(';').unwrap_or(after.len());
            (after[..end].trim().to_owned(), &after[end..])
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
}

/// The text up to the closing quote, and the rest. `\"` is a quote and `\\` is a backslash. Any other backslash is
/// literal, because clients send Windows paths without escaping.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::with_capacity(text.len());
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &text[at + 1..]),
            '\\' if text[at + 1..].starts_with(['"', '\\']) => {
                value.extend(chars.next().map(|(_, escaped)| escaped));
            }
            _ => value.push(char),
        }
    }
    (value, "")
}

/// Decodes an RFC 8187 value such as `UTF-8''na%C3%AFve.txt`. ISO-8859-1 is accepted too, because RFC 5987 allowed it.
/// Returns `None` for any other charset and for invalid UTF-8.
fn decode_extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = percent_encoding::percent_decode_str(text);
    if charset.eq_ignore_ascii_case("iso-8859-1") {
        return Some(bytes.map(char::from).collect());
    }
    let is_utf8 = charset.eq_ignore_ascii_case("utf-8");
    is_utf8.then(|| bytes.decode_utf8().ok().map(std::borrow::Cow::into_owned)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_come_as_they_were_meant() {
        for (sent, meant) in [
            (r#"filename="a.txt""#, "a.txt"),
            ("filename=a.txt", "a.txt"),
            (r#"filename="a;b=c.txt""#, "a;b=c.txt"),
            (r#"filename="a\"b.txt""#, "a\"b.txt"),
            (r#"filename="a%22b.txt""#, "a\"b.txt"),
            (r#"filename="100%.txt""#, "100%.txt"),
            (r#"filename="C:\dir\a.txt""#, "a.txt"),
            (r#"filename="C:\\dir\\a.txt""#, "a.txt"),
            (r#"filename="naïve 日本.txt""#, "naïve 日本.txt"),
            (r#"filename="plain.txt"; filename*=UTF-8''na%C3%AFve.txt"#, "naïve.txt"),
            (r#"filename*=iso-8859-1''na%EFve.txt; filename="plain.txt""#, "naïve.txt"),
            (r#"filename*=koi8-r''%C1.txt; filename="plain.txt""#, "plain.txt"),
            (r#"filename*=UTF-8''%FF; filename="plain.txt""#, "plain.txt"),
            (r#"filename="""#, ""),
            (r#"filename="open"#, "open"),
            (r#"FileName="a.txt""#, "a.txt"),
        ] {
            let read = Disposition::parse(&format!("form-data; name=\"files\"; {sent}")).unwrap();
            assert_eq!(read.filename.as_deref(), Some(meant), "{sent}");
            assert_eq!(read.name.as_deref(), Some("files"), "{sent}");
        }
    }

    #[test]
    fn names_keep_their_brackets() {
        let read = Disposition::parse(r#"form-data; name="files[]"; filename="a""#).unwrap();
        assert_eq!(read.name.as_deref(), Some("files[]"));
    }

    #[test]
    fn a_field_has_no_file_name() {
        let read = Disposition::parse("form-data; name=fileInfo").unwrap();
        assert_eq!(read, Disposition { name: Some("fileInfo".to_owned()), filename: None, undecodable: false });
    }

    #[test]
    fn what_is_no_form_data_is_nobody() {
        assert_eq!(Disposition::parse("attachment; name=\"files\""), None);
    }
}
