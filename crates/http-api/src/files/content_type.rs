//! The content type of a served file, and whether a browser may show it.

use axum::http::{
    HeaderMap, HeaderValue,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use longshore_media_library::mime;

/// Types that browsers may show inline, in addition to audio, video and fonts. None of them can run a script.
const SHOWN: [&str; 17] = [
    "application/json",
    "application/pdf",
    "image/apng",
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/heic",
    "image/heif",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/vnd.microsoft.icon",
    "image/webp",
    "image/x-icon",
    "text/css",
    "text/csv",
    "text/plain",
];

/// Sets the content type. Files of any type that is not on the list become attachments.
///
/// The type is that of the file's row. An object without a row has the type of its extension, from the table that is also
/// used for uploads, and otherwise the type that the provider returns.
pub(super) fn insert(headers: &mut HeaderMap, of_row: Option<&str>, key: &str, of_provider: Option<&str>) {
    let content_type = of(of_row, key, of_provider);
    if !is_shown(&content_type) {
        // Served inline, the file could run script in the viewer's session.
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    let value = HeaderValue::try_from(content_type);
    headers.insert(CONTENT_TYPE, value.unwrap_or(HeaderValue::from_static("application/octet-stream")));
}

/// Text types get the charset UTF-8, as in Strapi.
fn of(of_row: Option<&str>, key: &str, of_provider: Option<&str>) -> String {
    let known = |content_type: &&str| !content_type.is_empty();
    let content_type = of_row.filter(known).or_else(|| mime::of_name(key)).or(of_provider.filter(known));
    let content_type = content_type.unwrap_or("application/octet-stream");
    let essence = essence(content_type);
    let is_text =
        essence.starts_with("text/") || matches!(essence.as_str(), "application/json" | "application/javascript");
    let suffix = if is_text && !content_type.contains(';') { "; charset=utf-8" } else { "" };
    format!("{content_type}{suffix}")
}

fn is_shown(content_type: &str) -> bool {
    let essence = essence(content_type);
    SHOWN.contains(&essence.as_str()) || ["audio/", "video/", "font/"].iter().any(|kind| essence.starts_with(kind))
}

fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_that_of_the_row_the_extension_or_the_provider() {
        assert_eq!(of(Some("model/obj"), "a.obj", Some("image/webp")), "model/obj");
        assert_eq!(of(Some(""), "a.png", Some("image/webp")), "image/png");
        assert_eq!(of(None, "a.png", Some("image/webp")), "image/png");
        assert_eq!(of(None, "a.unknown-extension", Some("image/webp")), "image/webp");
        assert_eq!(of(None, "a", Some("")), "application/octet-stream");
        assert_eq!(of(None, "a.txt", None), "text/plain; charset=utf-8");
        assert_eq!(of(None, "a.json", None), "application/json; charset=utf-8");
        assert_eq!(of(None, "a", Some("text/plain; charset=latin1")), "text/plain; charset=latin1");
    }

    #[test]
    fn only_types_on_the_list_are_shown() {
        for content_type in ["image/png", "text/plain; charset=utf-8", "application/pdf", "VIDEO/mp4", "font/woff2"] {
            assert!(is_shown(content_type), "{content_type}");
        }
        for content_type in [
            "text/html; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
            "TEXT/JavaScript",
            "application/octet-stream",
            "application/x-shockwave-flash",
            "image/unknown",
            "",
        ] {
            assert!(!is_shown(content_type), "{content_type}");
        }
    }

    #[test]
    fn a_type_that_no_header_can_have_is_unknown() {
        let mut headers = HeaderMap::new();
        insert(&mut headers, None, "a", Some("text/plain\n"));
        assert_eq!(headers[CONTENT_TYPE], "application/octet-stream");
    }
}
