//! The content type of an extension, and the extension of a content type.

use std::{collections::HashMap, sync::LazyLock};

use crate::name::extension;

/// The content type of a file name's extension, ignoring case.
pub fn of_name(name: &str) -> Option<&'static str> {
    let extension = extension(name).strip_prefix('.')?;
    TABLE.types.get(extension.to_ascii_lowercase().as_str()).copied()
}

/// The extension of a content type, without its dot. Parameters and case of the type are ignored.
pub fn extension_of(mime: &str) -> Option<&'static str> {
    let essence = mime.trim_start().split([';', ' ', '\t']).next()?;
    TABLE.extensions.get(essence.to_ascii_lowercase().as_str()).copied()
}

struct Table {
    types: HashMap<&'static str, &'static str>,
    extensions: HashMap<&'static str, &'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { types: HashMap::new(), extensions: HashMap::new() };
    for line in include_str!("types.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let Some(mime) = words.next() else { continue };
        for extension in words {
            let bare = extension.trim_matches(['(', ')']);
            table.extensions.entry(mime).or_insert(bare);
            if bare == extension {
                table.types.insert(bare, mime);
            }
        }
    }
    table
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_types_of_the_npm_package() {
        for (name, mime) in [
            ("a.json", "application/json"),
            ("a.txt", "text/plain"),
            ("a.bin", "application/octet-stream"),
            ("a.svg", "image/svg+xml"),
            ("a.md", "text/markdown"),
            ("a.csv", "text/csv"),
            ("a.mp4", "video/mp4"),
            ("a.mov", "video/quicktime"),
            ("a.mp3", "audio/mpeg"),
            ("a.webp", "image/webp"),
            ("a.avif", "image/avif"),
            ("a.heic", "image/heic"),
            ("a.woff2", "font/woff2"),
            ("a.jpg", "image/jpeg"),
            ("a.JPEG", "image/jpeg"),
            ("a.xml", "application/xml"),
            ("a.js", "application/javascript"),
            ("a.html", "text/html"),
            ("a.exe", "application/x-msdos-program"),
            ("a.ts", "video/mp2t"),
            ("a.tar.gz", "application/gzip"),
            ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ] {
            assert_eq!(of_name(name), Some(mime), "{name}");
        }
        for unknown in ["a", ".txt", "a.nobody", "a.", ""] {
            assert_eq!(of_name(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn types_have_the_extensions_of_the_npm_package() {
        for (mime, extension) in [
            ("application/json", "json"),
            ("application/octet-stream", "bin"),
            ("text/plain; charset=utf-8", "txt"),
            ("IMAGE/JPEG", "jpeg"),
            ("video/quicktime", "qt"),
            ("text/xml", "xml"),
            ("audio/mpeg", "mpga"),
            ("image/svg+xml", "svg"),
        ] {
            assert_eq!(extension_of(mime), Some(extension), "{mime}");
        }
        for unknown in ["", "nobody/knows", "text", "multipart/form-data"] {
            assert_eq!(extension_of(unknown), None, "{unknown}");
        }
    }
}
