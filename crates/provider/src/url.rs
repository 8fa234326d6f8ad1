//! The rule for URLs that a provider returns.

use crate::{Error, Result};

/// The largest length of a URL, in bytes. A signed URL with a session token has about two thousand.
const MAX_URL: usize = 16 * 1024;

/// Refuses a URL that is neither absolute (`https://media.example/a.png`) nor a path of the host (`/uploads/a.png`).
///
/// A URL that begins with `//` and a host name is absolute too: it takes the scheme of the page.
///
/// The scheme is `http` or `https`, or a scheme that ends in `+http` or `+https`. No browser opens the latter, which
/// mark bytes that are of no use to a browser. The host checks every URL that a provider returns, because browsers
/// receive the URL: `javascript:` would run there, and `media.example/a.png` would be a path below the page.
///
/// ```
/// # use longshore_provider::check_url;
/// assert!(check_url("https://media.example/a%20b.png").is_ok());
/// assert!(check_url("/uploads/a.png").is_ok());
/// assert!(check_url("javascript:alert(1)").is_err());
/// ```
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput), with the broken rule.
pub fn check_url(url: &str) -> Result<()> {
    let broken = if url.is_empty() {
        "it is empty"
    } else if url.len() > MAX_URL {
        "it is longer than 16 KiB"
    } else if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        "it has a control character or a space, which must be percent-encoded"
    } else if url.contains('\\') {
        "it has a backslash, which must be percent-encoded"
    } else if is_path(url) || is_absolute(url) {
        return Ok(());
    } else {
        "it is neither an absolute `http` or `https` URL nor a path that begins with one `/`"
    };
    let shown: String = url.chars().take(80).collect();
    Err(Error::invalid_input(format!("the URL {shown:?} is refused: {broken}")))
}

fn is_path(url: &str) -> bool {
    url.starts_with('/') && !url.starts_with("//")
}

fn is_absolute(url: &str) -> bool {
    let Some((scheme, rest)) = url.strip_prefix("//").map(|rest| ("https", rest)).or_else(|| url.split_once("://"))
    else {
        return false;
    };
    let scheme = scheme.to_ascii_lowercase();
    let last = scheme.rsplit('+').next().unwrap_or_default();
    let is_scheme = scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    is_scheme && matches!(last, "http" | "https") && !host.is_empty() && !host.starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_urls_and_paths_of_the_host_are_taken() {
        for good in [
            "https://a",
            "HTTP://a:80/b?c#d",
            "http://[::1]:9000/a",
            "https://user@a/b",
            "encrypted+https://a/b",
            "/",
            "/uploads/a%20b.png",
            "//cdn.example/a",
            "https://bücher.example/ä",
        ] {
            assert!(check_url(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn other_urls_are_refused_with_the_rule() {
        for bad in [
            "",
            "javascript:alert(1)",
            "JavaScript://a/%0aalert(1)",
            "data:text/html,x",
            "127.0.0.1/x",
            "localhost:9000/x",
            "///a",
            "//:80/a",
            "/\\cdn.example/a",
            "https:///a",
            "https://:80/a",
            "https:/a",
            "https://a/b c",
            "https://a/\n",
            "https://a/\u{2028}x",
            " https://a",
            "file:///etc/passwd",
            "+https://a/\u{7f}",
            &format!("https://a/{}", "x".repeat(MAX_URL)),
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }
}
