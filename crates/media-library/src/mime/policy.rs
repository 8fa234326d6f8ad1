//! The type of a file, decided from its declared type, name and content, and whether that type is accepted.

use super::{of_name, sniff};
use crate::{Rejection, TypePolicy};

/// The type of a container whose first bytes do not identify its format.
const ZIP: &str = "application/zip";
/// The type of an SVG drawing that begins with an XML declaration.
const XML: &str = "application/xml";
const SVG: &str = "image/svg+xml";
/// The type that clients declare if they do not know the type.
const UNKNOWN: &str = "application/octet-stream";

/// Decides on the type of a file, or refuses it.
///
/// `declared` is the type in the request, and `first_bytes` the first [`SNIFF`](super::SNIFF) bytes of the file, or all
/// bytes if there are fewer. The rules and their order are those of Strapi's upload:
///
/// - A denied type is refused, whether it is declared, that of the name or that of the content.
/// - The type of the content must be accepted, regardless of the declaration and the name.
/// - If the content has no recognisable type, the name takes precedence over the declaration.
pub fn decide(
    policy: &TypePolicy,
    filename: &str,
    declared: Option<&str>,
    first_bytes: &[u8],
) -> Result<String, Rejection> {
    let check = TypeCheck { policy, filename };
    let declared = declared.map(str::trim).unwrap_or_default();
    let vague = declared.is_empty() || is(declared, UNKNOWN);
    let named = of_name(filename);

    for claimed in [(!vague).then_some(declared), named].into_iter().flatten() {
        check.refuse_denied(claimed)?;
    }
    let Some(sniffed) = sniff(first_bytes) else {
        return match (named, declared) {
            (Some(named), _) => check.pass(named),
            (None, "") => Err(Rejection::Unverifiable { name: filename.to_owned() }),
            (None, declared) => check.pass(declared),
        };
    };
    if named.is_some_and(|named| is(named, declared)) && is(sniffed, declared) {
        return check.pass(declared);
    }
    check.refuse_denied(sniffed)?;

    // The name is more specific than the container that the content shows, if it names a format of that container.
    let refined = named.filter(|named| (sniffed == ZIP && *named != ZIP) || (sniffed == XML && *named == SVG));
    let excused = refined.is_some_and(|refined| check.is_listed(refined));
    if check.has_a_list() && !check.is_listed(sniffed) && !excused {
        return Err(check.unclear());
    }
    match named {
        Some(named) if !is(sniffed, named) && !vague => check.pass(named),
        _ => refined.and_then(|refined| check.pass(refined).ok()).map_or_else(|| check.pass(sniffed), Ok),
    }
}

/// The policy applied to one file.
struct TypeCheck<'a> {
    policy: &'a TypePolicy,
    filename: &'a str,
}

impl TypeCheck<'_> {
    fn refuse_denied(&self, mime: &str) -> Result<(), Rejection> {
        let denied = self.policy.denied.as_deref().is_some_and(|patterns| matches_any(mime, patterns));
        if denied { Err(self.refused(mime)) } else { Ok(()) }
    }

    fn pass(&self, mime: &str) -> Result<String, Rejection> {
        self.refuse_denied(mime)?;
        match self.policy.allowed.as_deref() {
            Some([]) => Err(self.unclear()),
            Some(patterns) if !matches_any(mime, patterns) => Err(self.refused(mime)),
            _ => Ok(mime.to_owned()),
        }
    }

    /// Whether the policy has a list of accepted types. An empty list does not count here: it refuses every file in
    /// `pass`, once the type is known.
    fn has_a_list(&self) -> bool {
        self.policy.allowed.as_ref().is_some_and(|patterns| !patterns.is_empty())
    }

    fn is_listed(&self, mime: &str) -> bool {
        self.policy.allowed.as_deref().is_some_and(|patterns| matches_any(mime, patterns))
    }

    fn refused(&self, mime: &str) -> Rejection {
        Rejection::Type { name: self.filename.to_owned(), mime: mime.to_owned() }
    }

    fn unclear(&self) -> Rejection {
        Rejection::UnclearType { name: self.filename.to_owned() }
    }
}

fn is(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn matches_any(mime: &str, patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| matches(mime.as_bytes(), pattern.as_bytes()))
}

/// Whether a type matches a pattern, in which `*` matches any text. Ignores case.
fn matches(mime: &[u8], pattern: &[u8]) -> bool {
    let mut stars = pattern.split(|byte| *byte == b'*');
    let first = stars.next().unwrap_or_default();
    let Some(mut rest) = after(mime, first) else { return false };
    let Some(last) = stars.next_back() else { return rest.is_empty() };
    for part in stars {
        let Some(at) = (0..=rest.len()).find(|at| after(&rest[*at..], part).is_some()) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.len().checked_sub(last.len()).is_some_and(|at| rest[at..].eq_ignore_ascii_case(last))
}

fn after<'a>(text: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(start.len())?;
    head.eq_ignore_ascii_case(start).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\0IDAT";
    const GIF: &[u8] = b"GIF89a\x01\0\x01\0";
    const ZIPPED: &[u8] = b"PK\x03\x04\x14\0\0\0\0\0";
    const XML_TEXT: &[u8] = b"<?xml version=\"1.0\"?><svg/>";
    const TEXT: &[u8] = b"hello";
    const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    fn policy(allowed: Option<&[&str]>, denied: Option<&[&str]>) -> TypePolicy {
        let owned = |list: &[&str]| list.iter().map(|&pattern| pattern.to_owned()).collect();
        TypePolicy { allowed: allowed.map(owned), denied: denied.map(owned) }
    }

    /// `Ok(type)`, or the rejection: `=type`, `unclear`, `unverifiable`.
    fn decided(policy: &TypePolicy, filename: &str, declared: &str, bytes: &[u8]) -> String {
        match decide(policy, filename, Some(declared), bytes) {
            Ok(mime) => mime,
            Err(Rejection::Type { mime, .. }) => format!("={mime}"),
            Err(Rejection::UnclearType { .. }) => "unclear".into(),
            Err(Rejection::Unverifiable { .. }) => "unverifiable".into(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn without_a_policy_content_then_name_then_declaration_decide() {
        let open = TypePolicy::default();
        for (filename, declared, bytes, mime) in [
            ("a.png", "image/png", PNG, "image/png"),
            ("a.PNG", "Image/PNG", PNG, "Image/PNG"),
            ("a", "text/plain", PNG, "image/png"),
            ("a.txt", "", PNG, "image/png"),
            ("a.txt", "application/octet-stream", PNG, "image/png"),
            ("a.txt", "text/plain", PNG, "text/plain"),
            ("a.gif", "image/png", PNG, "image/gif"),
            ("a.nobody", "x/y", PNG, "image/png"),
            ("a.txt", "text/plain", TEXT, "text/plain"),
            ("a.txt", "image/png", TEXT, "text/plain"),
            ("a.json", "application/octet-stream", TEXT, "application/json"),
            ("a.bin", "application/octet-stream", TEXT, "application/octet-stream"),
            ("a", "text/x-mine", TEXT, "text/x-mine"),
            ("a", "application/octet-stream", TEXT, "application/octet-stream"),
            ("a", "", TEXT, "unverifiable"),
            ("a.nobody", "", TEXT, "unverifiable"),
            ("a.docx", "", ZIPPED, DOCX),
            ("a.docx", DOCX, ZIPPED, DOCX),
            ("a.zip", "application/zip", ZIPPED, "application/zip"),
            ("a.svg", "image/svg+xml", XML_TEXT, "image/svg+xml"),
            ("a.svg", "", XML_TEXT, "image/svg+xml"),
            ("a.xml", "", XML_TEXT, "application/xml"),
            ("a.rss", "", XML_TEXT, "application/xml"),
        ] {
            assert_eq!(decided(&open, filename, declared, bytes), mime, "{filename} {declared}");
        }
        assert_eq!(decide(&open, "a.txt", None, TEXT).unwrap(), "text/plain");
    }

    #[test]
    fn what_is_denied_is_refused_wherever_it_is_said() {
        let denied = policy(None, Some(&["image/svg+xml", "IMAGE/P*"]));
        for (filename, declared, bytes, mime) in [
            ("a.txt", "image/svg+xml", TEXT, "=image/svg+xml"),
            ("a.svg", "text/plain", TEXT, "=image/svg+xml"),
            ("a.svg", "", XML_TEXT, "=image/svg+xml"),
            ("a.txt", "text/plain", PNG, "=image/png"),
            ("a", "", PNG, "=image/png"),
            ("a.gif", "image/gif", GIF, "image/gif"),
            ("a.xml", "application/xml", XML_TEXT, "application/xml"),
        ] {
            assert_eq!(decided(&denied, filename, declared, bytes), mime, "{filename} {declared}");
        }
    }

    #[test]
    fn with_a_list_the_content_has_to_be_on_it() {
        let images = policy(Some(&["image/*"]), None);
        for (filename, declared, bytes, mime) in [
            ("a.png", "image/png", PNG, "image/png"),
            ("a.gif", "image/gif", PNG, "image/gif"),
            ("a.txt", "text/plain", PNG, "=text/plain"),
            ("a.png", "image/png", ZIPPED, "image/png"),
            ("a.png", "image/png", b"%PDF-1.7", "unclear"),
            ("a.txt", "text/plain", TEXT, "=text/plain"),
            ("a.svg", "image/svg+xml", XML_TEXT, "image/svg+xml"),
            ("a.svg", "image/svg+xml", b"<svg/>", "image/svg+xml"),
            ("a.png", "image/png", XML_TEXT, "unclear"),
            ("a", "", TEXT, "unverifiable"),
        ] {
            assert_eq!(decided(&images, filename, declared, bytes), mime, "{filename} {declared}");
        }
        let both = policy(Some(&["image/png", "text/plain"]), None);
        assert_eq!(decided(&both, "a.txt", "text/plain", PNG), "text/plain");
    }

    #[test]
    fn a_container_passes_by_the_name_that_fits_it() {
        let documents = policy(Some(&[DOCX]), None);
        assert_eq!(decided(&documents, "a.docx", DOCX, ZIPPED), DOCX);
        assert_eq!(decided(&documents, "a.docx", "", ZIPPED), DOCX);
        assert_eq!(decided(&documents, "a.zip", "", ZIPPED), "unclear");
        let archives = policy(Some(&["application/zip"]), None);
        assert_eq!(decided(&archives, "a.docx", "", ZIPPED), "application/zip");
        assert_eq!(decided(&archives, "a.docx", DOCX, ZIPPED), format!("={DOCX}"));
    }

    #[test]
    fn an_empty_list_accepts_nothing() {
        let none = policy(Some(&[]), None);
        for (filename, declared, bytes) in [("a.png", "image/png", PNG), ("a.txt", "", TEXT), ("a", "x/y", TEXT)] {
            assert_eq!(decided(&none, filename, declared, bytes), "unclear", "{filename}");
        }
        assert_eq!(decided(&none, "a", "", TEXT), "unverifiable");
        assert_eq!(decided(&policy(None, Some(&[])), "a.png", "image/png", PNG), "image/png");
    }

    #[test]
    fn denied_comes_before_allowed() {
        let both = policy(Some(&["*"]), Some(&["image/*"]));
        assert_eq!(decided(&both, "a.png", "image/png", PNG), "=image/png");
        assert_eq!(decided(&both, "a.txt", "text/plain", TEXT), "text/plain");
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, mime, fits) in [
            ("*", "image/png", true),
            ("*/*", "image/png", true),
            ("image/*", "IMAGE/png", true),
            ("image/*", "image/", true),
            ("image/*", "video/mp4", false),
            ("*+xml", "image/svg+xml", true),
            ("*+xml", "image/svg+xmls", false),
            ("a*b*a", "aba", true),
            ("a*b*a", "ab", false),
            ("a*a", "a", false),
            ("*b*", "abc", true),
            ("image.png", "image/png", false),
            ("", "", true),
            ("", "a", false),
            ("image/png", "image/pn", false),
        ] {
            assert_eq!(matches(mime.as_bytes(), pattern.as_bytes()), fits, "{pattern} {mime}");
        }
    }
}
