//! Names of files: which names are accepted, and how keys are made from them.

mod extension;
mod letters;
mod slug;

use unicode_normalization::UnicodeNormalization;

pub use self::{extension::extension, slug::slug};
use crate::{Rejection, mime};

/// The longest file name, in UTF-16 code units.
const LONGEST: usize = 255;
/// The longest file name of a file system, in bytes. (Keys of S3 may have 1024 bytes.)
const COMPONENT: usize = 255;
/// The bytes that stay free for the prefixes of formats, such as `thumbnail_`.
const FORMAT_PREFIX: usize = 32;
/// Random bytes at the end of a hash.
const RANDOM: usize = 5;

/// The names of a file: the visible name, and the name in its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The name that people see, in normal form C.
    pub name: String,
    /// The stem of the key: the name's slug, `_` and ten random hexadecimal digits.
    pub hash: String,
    /// The extension with its dot; empty if there is none and none goes with the type.
    pub ext: String,
}

impl Stored {
    /// Names a new file.
    ///
    /// `filename` is the name in the upload and determines the extension. `shown` is the visible name that the client
    /// requests, and may be any text. The hash is made from both in the same way as in Strapi.
    pub fn new(filename: &str, shown: Option<&str>, mime: &str) -> Self {
        let name = normalized(shown.filter(|shown| !shown.is_empty()).unwrap_or(filename));
        let ext = match extension(filename) {
            // A text that would fill most of a file name is not treated as an extension.
            ext if !ext.is_empty() && ext.len() <= COMPONENT / 2 => ext.to_owned(),
            _ => mime::extension_of(mime).map(|ext| format!(".{ext}")).unwrap_or_default(),
        };
        let random = random().map(|byte| format!("{byte:02x}")).concat();
        let longest = COMPONENT - FORMAT_PREFIX - ext.len() - 1 - random.len();
        let hash = format!("{}_{random}", bounded(slug(base(&name, &ext)), longest));
        Self { name, hash, ext }
    }
}

/// A name as it is stored: in normal form C.
pub fn normalized(name: &str) -> String {
    name.nfc().collect()
}

/// Refuses names that a file system or a browser could misinterpret.
///
/// The refused characters are Strapi's list. Marks and controls of writing direction are not on it: they change only
/// the appearance of a name, because keys are made from the slug.
pub fn check(name: &str) -> Result<(), Rejection> {
    let reserved = |c: char| matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' | '\0'..='\x1f');
    let refused = name.is_empty()
        || name.encode_utf16().count() > LONGEST
        || name.contains(reserved)
        || matches!(name, "." | "..")
        || is_a_device(name);
    if refused { Err(Rejection::Name { name: name.to_owned() }) } else { Ok(()) }
}

/// Windows reserves these names for devices.
fn is_a_device(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let numbered = lower.strip_prefix("com").or_else(|| lower.strip_prefix("lpt"));
    matches!(lower.as_str(), "con" | "prn" | "aux" | "nul")
        || numbered.is_some_and(|number| matches!(number.as_bytes(), [b'0'..=b'9']))
}

/// The name without its folders and its extension, as Node's `path.basename` returns it.
fn base<'a>(name: &'a str, ext: &str) -> &'a str {
    if name == ext {
        return "";
    }
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.strip_suffix(ext).filter(|base| !base.is_empty()).unwrap_or(last)
}

/// The slug, cut to at most `longest` bytes. A slug is ASCII only.
fn bounded(mut slug: String, longest: usize) -> String {
    slug.truncate(longest);
    slug.truncate(slug.trim_end_matches('_').len());
    slug
}

fn random() -> [u8; RANDOM] {
    let mut bytes = [0; RANDOM];
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stem(stored: &Stored) -> &str {
        let (stem, random) = stored.hash.rsplit_once('_').unwrap();
        assert!(random.len() == 10 && random.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{random}");
        stem
    }

    #[test]
    fn a_name_becomes_a_stem_and_an_extension() {
        for (filename, shown, mime, stem_, ext) in [
            ("My Photo é.JPG", None, "image/jpeg", "My_Photo_e", ".JPG"),
            ("a.tar.gz", None, "application/gzip", "a_tar", ".gz"),
            (".hidden", None, "text/plain", "hidden", ".txt"),
            ("README", None, "application/octet-stream", "README", ".bin"),
            ("data", None, "application/json", "data", ".json"),
            ("data", None, "application/x-nobody-knows", "data", ""),
            ("a.", None, "text/plain", "a", "."),
            ("photo.png", Some("Holiday.png"), "image/png", "Holiday", ".png"),
            ("photo.png", Some("Holiday.jpg"), "image/png", "Holiday_jpg", ".png"),
            ("photo.png", Some(""), "image/png", "photo", ".png"),
            ("y.txt", Some("../../x/y.txt"), "text/plain", "y", ".txt"),
            ("y.txt", Some("x/y.txt/"), "text/plain", "y", ".txt"),
            ("y.txt", Some(".txt"), "text/plain", "file", ".txt"),
            ("y.txt", Some("x/.txt"), "text/plain", "txt", ".txt"),
            ("★.png", None, "image/png", "file", ".png"),
        ] {
            let stored = Stored::new(filename, shown, mime);
            assert_eq!((stem(&stored), stored.ext.as_str()), (stem_, ext), "{filename} {shown:?}");
        }
    }

    #[test]
    fn the_name_to_show_is_in_normal_form_c() {
        assert_eq!(Stored::new("e\u{301}.txt", None, "text/plain").name, "é.txt");
        assert_eq!(Stored::new("a.txt", Some("e\u{301}"), "text/plain").name, "é");
    }

    #[test]
    fn an_extension_that_leaves_no_room_is_none() {
        let stored = Stored::new(&format!("a.{}", "b".repeat(250)), None, "text/plain");
        assert_eq!(stored.ext, ".txt");
        assert!(stem(&stored).starts_with("a_bbb"));
    }

    #[test]
    fn names_that_could_be_something_else_are_refused() {
        let refused = ["", ".", "..", "a/b", "a\\b", "a:b", "a|b", "a?", "a*", "<", ">", "\"", "a\0", "a\nb", "\u{1f}"];
        let devices = ["con", "PRN", "Aux", "nul", "com0", "COM9", "lpt1"];
        for name in refused.into_iter().chain(devices) {
            assert_eq!(check(name), Err(Rejection::Name { name: name.to_owned() }), "{name:?}");
        }
        assert!(check(&"a".repeat(256)).is_err());
        assert!(check(&"😀".repeat(128)).is_err());
    }

    #[test]
    fn other_names_are_accepted() {
        let odd = ["con.txt", "com10", "com", "lpt", "...", " ", "a b", "é", "\u{7f}", "\u{85}", "-rf", "~", "a%00b"];
        let marks = ["a\u{202e}gpj.exe", "\u{200f}a", "a\u{2066}b\u{2069}", "\u{feff}a"];
        for name in odd.into_iter().chain(marks) {
            assert_eq!(check(name), Ok(()), "{name:?}");
        }
        assert!(check(&"é".repeat(255)).is_ok());
        assert!(check(&"😀".repeat(127)).is_ok());
    }

    proptest! {
        #[test]
        fn whatever_a_file_is_called_its_names_fit_a_file_system(
            filename in "\\PC{1,255}", shown in proptest::option::of(".*"),
        ) {
            let stored = Stored::new(&filename, shown.as_deref(), "image/png");
            prop_assert!(stored.hash.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
            prop_assert!(!stem(&stored).is_empty());
            prop_assert!("thumbnail_".len() + stored.hash.len() + stored.ext.len() <= 255);
        }
    }
}
