//! The content type of a file, and what browsers would do with it.

/// What the provider says, else what the name says. Texts are taken for UTF-8, as Strapi takes them.
pub(super) fn of(key: &str, said: Option<&str>) -> String {
    let kind = said
        .filter(|said| !said.is_empty())
        .map_or_else(|| mime_guess::from_path(key).first_or_octet_stream().to_string(), str::to_owned);
    let essence = essence(&kind);
    let is_text =
        essence.starts_with("text/") || matches!(essence.as_str(), "application/json" | "application/javascript");
    if is_text && !kind.contains(';') { format!("{kind}; charset=utf-8") } else { kind }
}

/// Whether a browser would run what is in it: pages, drawings, and whatever is XML or a script.
pub(super) fn runs(kind: &str) -> bool {
    let kind = essence(kind);
    let known = ["text/html", "text/xml", "application/xml", "text/javascript", "application/javascript"];
    known.contains(&kind.as_str()) || kind.ends_with("+xml") || kind.ends_with("script")
}

fn essence(kind: &str) -> String {
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_that_of_the_provider_or_of_the_name() {
        assert_eq!(of("a.png", None), "image/png");
        assert_eq!(of("a.png", Some("image/webp")), "image/webp");
        assert_eq!(of("a", Some("")), "application/octet-stream");
        assert_eq!(of("a.txt", None), "text/plain; charset=utf-8");
        assert_eq!(of("a.json", None), "application/json; charset=utf-8");
        assert_eq!(of("a.txt", Some("text/plain; charset=latin1")), "text/plain; charset=latin1");
    }

    #[test]
    fn what_browsers_would_run_is_known() {
        for kind in [
            "text/html; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
            "TEXT/JavaScript",
            "application/ecmascript",
        ] {
            assert!(runs(kind), "{kind}");
        }
        for kind in ["image/png", "text/plain", "application/pdf", "application/json", "video/mp4"] {
            assert!(!runs(kind), "{kind}");
        }
    }
}
