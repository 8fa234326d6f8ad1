//! The one function that makes object keys, and the rules for keys.

use crate::{Error, File, Result};

/// The full key under which `file` is stored, below `root_path`.
///
/// The first of these that the file has determines the key:
///
/// 1. its full key, unchanged;
/// 2. its relative key, verbatim below the root;
/// 3. `path/hash.ext`, each part cleaned as in Strapi's S3 provider (5.36 and later): `..` is deleted, slashes at the
///    edges are dropped, runs of slashes collapse, and the extension keeps only `A-Z a-z 0-9 .`.
///
/// Two rules differ from Strapi, so that [`check`] accepts every key later: segments `.` are dropped, and a leading `/`
/// of `root_path` is dropped.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) when the key breaks the rules of [`check`], or the file has neither
/// a key nor a name. A `root_path` that [`check_root`] has accepted breaks no rule.
pub fn object_key(root_path: &str, file: &File) -> Result<String> {
    if let Some(key) = &file.key {
        check_stored(key)?;
        return Ok(key.clone());
    }
    let root = root_prefix(root_path);
    if let Some(relative) = &file.relative_key {
        check(relative)?;
        return Ok(format!("{root}{relative}"));
    }
    let directory = clean(file.path.as_deref().unwrap_or_default());
    let stem = clean(&file.hash);
    let extension: String = file.ext.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
    if stem.is_empty() && extension.is_empty() {
        return Err(Error::invalid_input("the file has neither a key nor a hash"));
    }
    let slash = if directory.is_empty() { "" } else { "/" };
    let key = format!("{root}{directory}{slash}{stem}{extension}");
    check(&key).map(|()| key)
}

/// Refuses a root below which no key can be stored, for [`init`](crate::Provider::init): a root with a control
/// character, a segment `.` or `..`, or an empty segment between others.
///
/// # Errors
///
/// [`InvalidOptions`](crate::ErrorKind::InvalidOptions), which names the option `rootPath`.
pub fn check_root(root_path: &str) -> Result<()> {
    let root = root_prefix(root_path);
    match root.strip_suffix('/').map(check) {
        None | Some(Ok(())) => Ok(()),
        Some(Err(error)) => {
            Err(Error::invalid_options("providerOptions.rootPath cannot be what keys begin with").caused_by(&error))
        }
    }
}

/// The prefix of every key below `root_path`: empty, or ending in one `/`.
pub fn root_prefix(root_path: &str) -> String {
    let trimmed = root_path.trim_start_matches('/').trim_end_matches('/');
    if trimmed.is_empty() { String::new() } else { format!("{trimmed}/") }
}

/// `key` as the path of a URL: each segment is percent-encoded as UTF-8.
///
/// ```
/// # use longshore_provider::key::url_path;
/// assert_eq!(url_path("photos/a b#1.png"), "photos/a%20b%231.png");
/// ```
pub fn url_path(key: &str) -> String {
    use std::fmt::Write as _;
    key.bytes().fold(String::with_capacity(key.len()), |mut path, byte| {
        match byte {
            // The unreserved characters of RFC 3986, and the separator of segments.
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => path.push(char::from(byte)),
            _ => write!(path, "%{byte:02X}").expect("writing to a String does not fail"),
        }
        path
    })
}

/// Refuses a key that cannot be stored and read back unchanged: an empty key, a segment that is empty, `.`
/// or `..`, a control character, or more than 1024 bytes (the limit of S3).
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput), with the broken rule. Keys are never rewritten.
pub fn check(key: &str) -> Result<()> {
    let broken = if key.is_empty() {
        "it is empty"
    } else if key.len() > 1024 {
        "it is longer than 1024 bytes"
    } else if key.chars().any(char::is_control) {
        "it has a control character"
    } else if key.split('/').any(str::is_empty) {
        "it has an empty segment: no `/` at either end, no `//`"
    } else if key.split('/').any(|segment| segment == "." || segment == "..") {
        "it has a segment `.` or `..`"
    } else {
        return Ok(());
    };
    Err(Error::invalid_input(format!("the key {key:?} is refused: {broken}")))
}

/// Checks a key that an upload returned, perhaps in an earlier version or in Strapi. The key may have empty segments
/// and segments `.`, because its file has been stored under it. The other rules of [`check`] hold.
fn check_stored(key: &str) -> Result<()> {
    let goes_up = key.split('/').any(|segment| segment == "..");
    if goes_up || key.is_empty() || key.len() > 1024 || key.chars().any(char::is_control) { check(key) } else { Ok(()) }
}

/// Deletes every `..` and every segment `.`, drops slashes at the edges, and collapses runs of slashes.
fn clean(text: &str) -> String {
    let without_dots = text.replace("..", "");
    without_dots.split('/').filter(|segment| !matches!(*segment, "" | ".")).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(root: &str, path: Option<&str>, hash: &str, ext: &str) -> String {
        let mut file = File::named(hash, ext);
        file.path = path.map(str::to_owned);
        object_key(root, &file).unwrap()
    }

    #[test]
    fn keys_are_made_as_strapi_makes_them() {
        assert_eq!(key("root//", Some("p"), "h", ".png"), "root/p/h.png");
        assert_eq!(key("root//", None, "h", ""), "root/h");
        assert_eq!(key("root//", None, "a/../b", ".p?n#g"), "root/a/b.png");
        assert_eq!(key("root//", Some("/a/./b/"), "h h", ".é"), "root/a/b/h h.");
        assert_eq!(key("root//", Some("a\\b"), "h", ".tar.gz"), "root/a\\b/h.tar.gz");
        assert_eq!(key("", Some("../../../etc/passwd"), "test", ".json"), "etc/passwd/test.json");
        assert_eq!(key("", Some(""), "../../../malicious", ".json"), "malicious.json");
        assert_eq!(key("", Some("tmp"), "test", ".json;rm -rf /"), "tmp/test.jsonrmrf");
        assert_eq!(key("", Some("foo///bar//baz"), "test", ".json"), "foo/bar/baz/test.json");
        assert_eq!(key("", Some("/foo/../bar//"), "mid", ".png"), "foo/bar/mid.png");
    }

    #[test]
    fn what_is_made_is_taken_again() {
        for path in ["a/./b", "...", "./..", "/.../x/", ". ./."] {
            let made = key("media", Some(path), "h", ".png");
            assert!(check(&made).is_ok(), "{path:?} became {made:?}");
        }
        for (hash, ext) in [(".", "."), ("", "."), ("", ".."), ("/", ".")] {
            let mut file = File::named(hash, ext);
            file.path = Some("p".into());
            assert!(object_key("media", &file).is_err(), "{hash:?} {ext:?}");
        }
    }

    #[test]
    fn a_root_below_which_no_key_can_be_kept_is_refused() {
        for bad in ["./media", "a//b", "a/../b", "a/.", "a\nb", ".."] {
            assert!(check_root(bad).is_err(), "{bad:?}");
        }
        for good in ["", "/", "media", "/media/", "media//", "a/b c", ".hidden"] {
            assert!(check_root(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn a_leading_slash_of_the_root_is_dropped() {
        assert_eq!(key("/dir/sub/", None, "x", ""), "dir/sub/x");
        assert_eq!(key("/", None, "x", ""), "x");
    }

    #[test]
    fn a_stored_key_is_not_computed_again() {
        let mut file = File::named("other", ".png");
        file.key = Some("legacy/a b.png".into());
        assert_eq!(object_key("root", &file).unwrap(), "legacy/a b.png");
    }

    #[test]
    fn a_key_of_an_earlier_version_is_taken_as_it_was_stored() {
        for key in ["/a", "a//b/./c.png", "."] {
            assert_eq!(object_key("root", &File::stored(key)).unwrap(), key);
        }
    }

    #[test]
    fn a_relative_key_is_verbatim_below_the_root() {
        assert_eq!(object_key("root", &File::at("ä b+c?%25#x.txt")).unwrap(), "root/ä b+c?%25#x.txt");
    }

    #[test]
    fn keys_that_cannot_be_kept_are_refused() {
        for bad in ["", "/a", "a/", "a//b", ".", "a/../b", "..", "a/.", "a\nb", "a\u{7f}", &"x".repeat(1025)] {
            assert!(check(bad).is_err(), "{bad:?}");
            assert!(object_key("root", &File::at(bad)).is_err(), "{bad:?}");
        }
        for bad in ["", "a/../b", "..", "./..", "a\nb", &"x".repeat(1025)] {
            assert!(object_key("root", &File::stored(bad)).is_err(), "{bad:?}");
        }
        for good in ["a", "a/b", "..a", "a..", "...", "a b", "日本語.png", ".hidden"] {
            assert!(check(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn a_file_without_any_name_is_refused() {
        assert!(object_key("root", &File::default()).is_err());
    }
}
