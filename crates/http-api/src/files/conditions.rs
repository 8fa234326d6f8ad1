//! `If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since` and `If-Range` (RFC 9110, section 13).

use std::time::SystemTime;

use axum::http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE},
};
use longshore_provider::ObjectMeta;

/// The version of a stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// The entity tag, with quotes.
    tag: Option<String>,
    /// The last modification, in whole seconds.
    modified: Option<SystemTime>,
}

/// The result of a request's preconditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precondition {
    /// Send the file.
    Passed,
    /// The client already has this version.
    NotModified,
    /// The client requires another version.
    Failed,
}

impl Version {
    pub(super) fn of(meta: &ObjectMeta) -> Self {
        Self { tag: meta.etag.as_ref().map(|tag| format!("\"{tag}\"")), modified: meta.last_modified.and_then(seconds) }
    }

    /// Evaluates the preconditions in the order of RFC 9110, section 13.2.2.
    pub(super) fn precondition(&self, headers: &HeaderMap) -> Precondition {
        if !self.is_wanted(headers) {
            Precondition::Failed
        } else if self.is_known(headers) {
            Precondition::NotModified
        } else {
            Precondition::Passed
        }
    }

    /// Whether `If-Match` and `If-Unmodified-Since` accept this version. Tags are compared strongly: a weak tag never
    /// matches.
    fn is_wanted(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(IF_MATCH) {
            return tags(headers, &IF_MATCH).any(|tag| tag == "*" || self.tag.as_deref() == Some(tag));
        }
        match (self.modified, date(headers, &IF_UNMODIFIED_SINCE)) {
            (Some(modified), Some(since)) => modified <= since,
            _ => true,
        }
    }

    /// Whether the client already has this version, by `If-None-Match` or `If-Modified-Since`.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(IF_NONE_MATCH) {
            return tags(headers, &IF_NONE_MATCH)
                .any(|tag| tag == "*" || self.tag.as_deref() == Some(tag.strip_prefix("W/").unwrap_or(tag)));
        }
        match (self.modified, date(headers, &IF_MODIFIED_SINCE)) {
            (Some(modified), Some(since)) => modified <= since,
            _ => false,
        }
    }

    /// Whether `If-Range` allows a range of this version.
    pub(super) fn may_be_continued(&self, headers: &HeaderMap) -> bool {
        let Some(value) = headers.get(IF_RANGE) else { return true };
        match value.to_str() {
            Ok(tag) if tag.starts_with('"') => self.tag.as_deref() == Some(tag),
            _ => date(headers, &IF_RANGE).is_some_and(|date| self.modified == Some(date)),
        }
    }

    /// The value of `ETag`.
    pub(super) fn tag_header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.tag.as_ref()?).ok()
    }

    /// The value of `Last-Modified`.
    pub(super) fn modified_header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(httpdate::fmt_http_date(self.modified?)).ok()
    }
}

/// The tags of a header, which may occur several times.
fn tags<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

/// Truncates to whole seconds, the resolution of HTTP dates.
fn seconds(time: SystemTime) -> Option<SystemTime> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(since.as_secs()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const DATE: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

    fn version() -> Version {
        let mut meta = ObjectMeta::new("a", 10);
        meta.etag = Some("abc".to_owned());
        meta.last_modified = Some(httpdate::parse_http_date(DATE).unwrap() + Duration::from_millis(700));
        Version::of(&meta)
    }

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_version_that_the_client_has_is_known() {
        for tags in ["\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "*"] {
            assert!(version().is_known(&with(IF_NONE_MATCH, tags)), "{tags}");
        }
        for date in [DATE, "Fri, 02 Jan 2026 00:00:00 GMT"] {
            assert!(version().is_known(&with(IF_MODIFIED_SINCE, date)), "{date}");
        }
    }

    #[test]
    fn another_version_is_not() {
        for tags in ["\"x\"", "abc", ""] {
            assert!(!version().is_known(&with(IF_NONE_MATCH, tags)), "{tags}");
        }
        for date in ["Wed, 31 Dec 2025 23:59:59 GMT", "yesterday"] {
            assert!(!version().is_known(&with(IF_MODIFIED_SINCE, date)), "{date}");
        }
        assert!(!version().is_known(&HeaderMap::new()));
        // The tag takes precedence over the date.
        let mut both = with(IF_NONE_MATCH, "\"x\"");
        both.insert(IF_MODIFIED_SINCE, HeaderValue::from_static(DATE));
        assert!(!version().is_known(&both));
    }

    #[test]
    fn a_version_that_the_client_does_not_want_fails_the_precondition() {
        for (name, value) in
            [(IF_MATCH, "\"x\""), (IF_MATCH, "W/\"abc\""), (IF_UNMODIFIED_SINCE, "Wed, 31 Dec 2025 23:59:59 GMT")]
        {
            assert_eq!(version().precondition(&with(name, value)), Precondition::Failed, "{value}");
        }
        for (name, value) in [
            (IF_MATCH, "\"x\", \"abc\""),
            (IF_MATCH, "*"),
            (IF_UNMODIFIED_SINCE, DATE),
            (IF_UNMODIFIED_SINCE, "yesterday"),
        ] {
            assert_eq!(version().precondition(&with(name, value)), Precondition::Passed, "{value}");
        }
        let mut both = with(IF_MATCH, "\"x\"");
        both.insert(IF_NONE_MATCH, HeaderValue::from_static("\"abc\""));
        assert_eq!(version().precondition(&both), Precondition::Failed);
        assert_eq!(version().precondition(&with(IF_NONE_MATCH, "\"abc\"")), Precondition::NotModified);
    }

    #[test]
    fn only_the_same_version_is_continued() {
        assert!(version().may_be_continued(&HeaderMap::new()));
        assert!(version().may_be_continued(&with(IF_RANGE, "\"abc\"")));
        assert!(version().may_be_continued(&with(IF_RANGE, DATE)));
        for other in ["\"x\"", "W/\"abc\"", "Fri, 02 Jan 2026 00:00:00 GMT", "nonsense"] {
            assert!(!version().may_be_continued(&with(IF_RANGE, other)), "{other}");
        }
    }

    #[test]
    fn a_version_has_etag_and_last_modified() {
        assert_eq!(version().tag_header().unwrap(), "\"abc\"");
        assert_eq!(version().modified_header().unwrap(), DATE);
    }
}
