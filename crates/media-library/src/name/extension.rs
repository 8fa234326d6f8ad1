//! Extensions of file names, as Node's `path.extname` finds them.

/// The extension with its dot, its case kept: from the last dot of the last component on. Empty when there is no dot,
/// or only one at its start; a dot alone when it is the last character.
pub fn extension(name: &str) -> &str {
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match last.rfind('.') {
        None | Some(0) => "",
        Some(1) if last == ".." => "",
        Some(at) => &last[at..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_starts_at_the_last_dot() {
        for (name, found) in [
            ("a.txt", ".txt"),
            ("a.TXT", ".TXT"),
            ("a.tar.gz", ".gz"),
            ("a", ""),
            (".hidden", ""),
            (".hidden.txt", ".txt"),
            ("a.", "."),
            ("a..", "."),
            ("...", "."),
            ("..", ""),
            (".", ""),
            ("", ""),
            ("..a", ".a"),
            ("a.b/c", ""),
            ("a/b.c/", ".c"),
            ("a. b", ". b"),
        ] {
            assert_eq!(extension(name), found, "{name:?}");
        }
    }
}
