//! Keys of this provider, and the URLs of keys.

use longshore_provider::{
    Error, File, Result,
    key::{self, check_root, object_key, root_prefix},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Temporary files are kept here, within the folder: a rename works only inside one file system.
pub(crate) const TEMPORARY: &str = ".longshore-tmp";

/// The longest file name, in bytes.
const LONGEST_NAME: usize = 255;

/// Everything but the unreserved characters of RFC 3986, and the slash that parts segments.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// How files are named: in the folder, and in URLs.
#[derive(Debug)]
pub(crate) struct Names {
    /// The prefix of every key: empty, or ending in `/`.
    root: String,
    /// The prefix of every URL, without a trailing slash.
    public_path: String,
}

impl Names {
    pub(crate) fn new(root_path: &str, public_path: &str) -> Result<Self> {
        check_root(root_path)?;
        let root = root_prefix(root_path);
        if root.split('/').next().is_some_and(is_temporary) {
            let message = format!("providerOptions.rootPath must not begin with `{TEMPORARY}`, which is reserved");
            return Err(Error::invalid_options(message));
        }
        let leads_somewhere = public_path.is_empty() || public_path.starts_with('/') || public_path.contains("://");
        if !leads_somewhere || public_path.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Error::invalid_options(
                "publicPath must be a path that begins with `/`, or a whole URL; neither has spaces",
            ));
        }
        Ok(Self { root, public_path: public_path.trim_end_matches('/').to_owned() })
    }

    /// The prefix of every key: empty, or ending in `/`.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// Where `file` is stored.
    pub(crate) fn key(&self, file: &File) -> Result<String> {
        let key = object_key(&self.root, file)?;
        check(&key)?;
        Ok(key)
    }

    /// The public URL of `key`.
    pub(crate) fn url(&self, key: &str) -> String {
        format!("{}/{}", self.public_path, utf8_percent_encode(key, ESCAPED))
    }
}

/// Refuses what would not be the same name in a folder, and the folder that is ours.
pub(crate) fn check(key: &str) -> Result<()> {
    key::check(key)?;
    if key.split('/').any(|segment| segment.len() > LONGEST_NAME) {
        let message = format!("the key has a segment of more than {LONGEST_NAME} bytes, which no file name can have");
        return Err(Error::invalid_input(message));
    }
    match key.split('/').next() {
        Some(first) if is_temporary(first) => {
            Err(Error::invalid_input(format!("keys below `{TEMPORARY}/` are reserved")))
        }
        _ => Ok(()),
    }
}

/// Whether it is the folder of temporary files to any file system: some do not tell cases apart, or drop what stands at
/// the end.
fn is_temporary(name: &str) -> bool {
    name.trim_end_matches(['.', ' ']).eq_ignore_ascii_case(TEMPORARY)
}

#[cfg(test)]
mod tests {
    use longshore_provider::ErrorKind;

    use super::*;

    #[test]
    fn urls_are_percent_encoded_below_the_public_path() {
        let names = Names::new("", "/uploads/").unwrap();
        assert_eq!(names.url("a/ä b+c?%#.png"), "/uploads/a/%C3%A4%20b%2Bc%3F%25%23.png");
        let names = Names::new("", "https://media.example.org").unwrap();
        assert_eq!(names.url("x_1-~.txt"), "https://media.example.org/x_1-~.txt");
    }

    #[test]
    fn the_path_counts_and_stands_below_the_root() {
        let names = Names::new("/library/", "/uploads").unwrap();
        let mut file = File::named("test", ".json");
        file.path = Some("../a//b/".into());
        assert_eq!(names.key(&file).unwrap(), "library/a/b/test.json");
    }

    #[test]
    fn keys_that_are_no_plain_name_in_a_folder_are_refused() {
        let names = Names::new("", "/uploads").unwrap();
        let long = "x".repeat(256);
        for file in [
            File::at("../x"),
            File::stored("/etc/passwd"),
            File::stored("a/./b"),
            File::at(".longshore-tmp/x"),
            File::at(".Longshore-TMP/x"),
            File::at(".longshore-tmp. ./x"),
            File::at(format!("a/{long}/b")),
        ] {
            assert_eq!(names.key(&file).unwrap_err().kind(), ErrorKind::InvalidInput, "{file:?}");
        }
    }

    #[test]
    fn a_root_outside_of_the_directory_is_refused() {
        for root in ["..", "a/../..", ".longshore-tmp", "a//b"] {
            assert_eq!(Names::new(root, "").unwrap_err().kind(), ErrorKind::InvalidOptions, "{root}");
        }
    }
}
