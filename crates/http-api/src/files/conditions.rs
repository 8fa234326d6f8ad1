//! `If-None-Match`, `If-Modified-Since` and `If-Range` (RFC 9110, section 13).

use std::time::SystemTime;

use axum::http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE},
};
use longshore_provider::ObjectMeta;

use super::seconds;

/// Which version of a file there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// Its tag, with quotes.
    tag: Option<String>,
    /// When it was written, in whole seconds.
    modified: Option<SystemTime>,
}

impl Version {
    pub(super) fn of(meta: &ObjectMeta) -> Self {
        Self { tag: meta.etag.as_ref().map(|tag| format!("\"{tag}\"")), modified: meta.last_modified.and_then(seconds) }
    }

    /// Whether the client has it already.
    pub(super) fn is_known(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(IF_NONE_MATCH) {
            let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
            let mut tags = tags.flat_map(|value| value.split(',')).map(str::trim);
            return tags.any(|tag| tag == "*" || self.tag.as_deref() == Some(tag.strip_prefix("W/").unwrap_or(tag)));
        }
        match (self.modified, date(headers, &IF_MODIFIED_SINCE)) {
            (Some(modified), Some(since)) => modified <= since,
            _ => false,
        }
    }

    /// Whether a part of it goes with what the client has of it.
    pub(super) fn may_be_continued(&self, headers: &HeaderMap) -> bool {
        let Some(value) = headers.get(IF_RANGE) else { return true };
        match value.to_str() {
            Ok(tag) if tag.starts_with('"') => self.tag.as_deref() == Some(tag),
            _ => date(headers, &IF_RANGE).is_some_and(|date| self.modified == Some(date)),
        }
    }

    /// As `ETag` says it.
    pub(super) fn tag_header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.tag.as_ref()?).ok()
    }

    /// As `Last-Modified` says it.
    pub(super) fn modified_header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(httpdate::fmt_http_date(self.modified?)).ok()
    }
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
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
        // The tag counts more than the date.
        let mut both = with(IF_NONE_MATCH, "\"x\"");
        both.insert(IF_MODIFIED_SINCE, HeaderValue::from_static(DATE));
        assert!(!version().is_known(&both));
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
    fn a_version_is_told() {
        assert_eq!(version().tag_header().unwrap(), "\"abc\"");
        assert_eq!(version().modified_header().unwrap(), DATE);
    }
}
