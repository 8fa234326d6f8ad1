//! Expands the folders and patterns of the command line into files of this machine.

mod pattern;

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use longshore_provider::{Error, ErrorKind};

/// A file, or an argument that could not be expanded and its error.
pub(super) type ExpandedPath = Result<PathBuf, (String, Error)>;

/// The files that `named` refers to, in its order, each once.
///
/// An existing path is taken literally, even if it contains `*`, `?` or `[`. A folder expands to all files below it
/// except hidden files and links. Any other path with one of these characters is a pattern.
pub(super) fn expand(named: &[PathBuf]) -> Vec<ExpandedPath> {
    let mut found = Vec::new();
    for path in named {
        match fs::metadata(path).map(|metadata| metadata.is_dir()) {
            Ok(true) => folder(path, &mut found),
            Err(_) if pattern::is_one(path) => matching(path, &mut found),
            // A file that cannot be opened is kept: opening it reports the reason. `-` is standard input.
            _ => found.push(Ok(path.clone())),
        }
    }
    let mut seen = HashSet::new();
    found.retain(|found| found.as_ref().map_or(true, |path| seen.insert(path.clone())));
    found
}

fn matching(path: &Path, found: &mut Vec<ExpandedPath>) {
    let before = found.len();
    let refused = |error: Error| Err((path.display().to_string(), error));
    match pattern::matching(path) {
        Err(error) => found.push(refused(Error::invalid_input("the pattern is wrong").caused_by(&error))),
        Ok(paths) => {
            for path in paths {
                match path {
                    Ok(path) if path.is_dir() => below(&path, found),
                    Ok(path) => found.push(Ok(path)),
                    Err((folder, error)) => found.push(Err(unreadable(&folder, &error))),
                }
            }
            if found.len() == before {
                found.push(refused(Error::new(ErrorKind::NotFound, "no file fits the pattern")));
            }
        }
    }
}

/// Expands a named folder. A folder without files is an error.
fn folder(path: &Path, found: &mut Vec<ExpandedPath>) {
    let before = found.len();
    below(path, found);
    if found.len() == before {
        let error =
            Error::invalid_input("there is no file in the folder\nhint: hidden files and links have to be named");
        found.push(Err((path.display().to_string(), error)));
    }
}

fn below(folder: &Path, found: &mut Vec<ExpandedPath>) {
    let entries = match entries(folder) {
        Ok(entries) => entries,
        Err(error) => return found.push(Err(unreadable(folder, &error))),
    };
    for entry in entries.iter().filter(|entry| !is_hidden(entry)) {
        // Not of what a link points to.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => below(&entry.path(), found),
            Ok(kind) if kind.is_file() => found.push(Ok(entry.path())),
            Ok(_) => {}
            Err(error) => found.push(Err(unreadable(&entry.path(), &error))),
        }
    }
}

/// The entries of a folder, by name.
fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}

fn is_hidden(entry: &fs::DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn unreadable(path: &Path, error: &io::Error) -> (String, Error) {
    let kind = Error::from(io::Error::from(error.kind())).kind();
    (path.display().to_string(), Error::new(kind, "the folder cannot be read").with_retryable(false).caused_by(error))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree() -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for file in ["b.png", "a.png", "c.txt", ".hidden", "sub/d.png", "sub/deep/e.png", ".git/f.png", "odd[1].png"] {
            let path = tree.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        symlink("a.png", tree.path().join("link.png")).unwrap();
        symlink("sub", tree.path().join("linked")).unwrap();
        fs::create_dir(tree.path().join("empty")).unwrap();
        tree
    }

    /// The names below the tree, or `!` and the kind of what went wrong.
    fn expanded(tree: &tempfile::TempDir, named: &[&str]) -> Vec<String> {
        let named: Vec<PathBuf> = named.iter().map(|name| tree.path().join(name)).collect();
        let name = |found: ExpandedPath| match found {
            Ok(path) => path.strip_prefix(tree.path()).unwrap().display().to_string(),
            Err((_, error)) => format!("!{}", error.kind()),
        };
        expand(&named).into_iter().map(name).collect()
    }

    #[test]
    fn a_folder_stands_for_its_files_in_order_but_for_hidden_ones_and_links() {
        let tree = tree();
        assert_eq!(expanded(&tree, &[""]), ["a.png", "b.png", "c.txt", "odd[1].png", "sub/d.png", "sub/deep/e.png"]);
        assert_eq!(expanded(&tree, &["empty"]), ["!invalid_input"]);
    }

    #[test]
    fn named_files_are_uploaded() {
        let tree = tree();
        assert_eq!(expanded(&tree, &[".hidden", "link.png", ".git"]), [".hidden", "link.png", ".git/f.png"]);
        assert_eq!(expanded(&tree, &["linked"]), ["linked/d.png", "linked/deep/e.png"]);
        assert_eq!(expanded(&tree, &["odd[1].png", "none.png"]), ["odd[1].png", "none.png"]);
    }

    #[test]
    fn patterns_are_those_of_a_shell() {
        let tree = tree();
        assert_eq!(expanded(&tree, &["?.png"]), ["a.png", "b.png"]);
        assert_eq!(expanded(&tree, &["sub/*"]), ["sub/d.png", "sub/deep/e.png"]);
        assert_eq!(expanded(&tree, &["sub/**/*.png"]), ["sub/d.png", "sub/deep/e.png"]);
        assert_eq!(expanded(&tree, &["**/d*.png"]), ["sub/d.png"]);
        assert_eq!(expanded(&tree, &["s*/**"]), ["sub/d.png", "sub/deep/e.png"]);
        assert_eq!(expanded(&tree, &[".h*"]), [".hidden"]);
        assert_eq!(expanded(&tree, &["l*/d.png"]), ["linked/d.png"]);
        assert_eq!(expanded(&tree, &["*.gif", "*/none", "a[.png"]), ["!not_found", "!not_found", "!invalid_input"]);
    }

    #[test]
    fn links_that_turn_in_circles_are_not_followed() {
        let tree = tree();
        symlink(".", tree.path().join("sub/circle")).unwrap();
        assert_eq!(expanded(&tree, &["sub/**/*.png", "sub"]), ["sub/d.png", "sub/deep/e.png"]);
    }

    #[test]
    fn a_file_that_is_named_twice_is_taken_once() {
        let tree = tree();
        assert_eq!(expanded(&tree, &["sub/d.png", "sub", "?.txt", "c.txt"]), ["sub/d.png", "sub/deep/e.png", "c.txt"]);
        assert_eq!(expand(&[PathBuf::from("-")]).len(), 1);
    }
}
