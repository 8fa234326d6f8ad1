//! Patterns of paths: `*`, `?` and `[…]` within a name, and `**` for any folders.

use std::{
    ffi::OsStr,
    io,
    path::{Component, Path, PathBuf},
};

use glob::{MatchOptions, Pattern, PatternError};

use super::{entries, is_hidden};

/// Patterns match as in a shell: a pattern has to name the dot of hidden files.
const LIKE_A_SHELL: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// A path that matches, or a folder that cannot be read.
type Fitting = Result<PathBuf, (PathBuf, io::Error)>;

/// The pattern for one component of a path.
enum Step<'a> {
    Literal(&'a OsStr),
    Name(Pattern),
    AnyFolders,
}

/// Whether a path that does not exist is a pattern.
pub(super) fn is_one(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(['*', '?', '[']))
}

/// All paths that match, sorted by name.
///
/// `**` does not follow links, which may form cycles. Other components may be links.
pub(super) fn matching(pattern: &Path) -> Result<Vec<Fitting>, PatternError> {
    let steps = pattern.components().map(Step::of).collect::<Result<Vec<_>, _>>()?;
    let mut found = Vec::new();
    follow(Path::new(""), &steps, &mut found);
    Ok(found)
}

fn follow(from: &Path, steps: &[Step<'_>], found: &mut Vec<Fitting>) {
    match steps {
        // A folder stands for the files below it.
        [] | [Step::AnyFolders] => found.push(Ok(from.to_owned())),
        [Step::Literal(name), rest @ ..] => {
            let path = from.join(name);
            if path.symlink_metadata().is_ok() {
                follow(&path, rest, found);
            }
        }
        [Step::Name(pattern), rest @ ..] => each(from, found, |entry, found| {
            if entry.file_name().to_str().is_some_and(|name| pattern.matches_with(name, LIKE_A_SHELL)) {
                follow(&from.join(entry.file_name()), rest, found);
            }
        }),
        [Step::AnyFolders, rest @ ..] => {
            follow(from, rest, found);
            each(from, found, |entry, found| {
                if !is_hidden(entry) && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    follow(&from.join(entry.file_name()), steps, found);
                }
            });
        }
    }
}

fn each(folder: &Path, found: &mut Vec<Fitting>, mut visit: impl FnMut(&std::fs::DirEntry, &mut Vec<Fitting>)) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match entries(folder) {
        Ok(entries) => entries.iter().for_each(|entry| visit(entry, found)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotADirectory | io::ErrorKind::NotFound) => {}
        Err(error) => found.push(Err((folder.to_owned(), error))),
    }
}

impl<'a> Step<'a> {
    fn of(component: Component<'a>) -> Result<Self, PatternError> {
        let name = component.as_os_str();
        match name.to_str() {
            Some("**") => Ok(Self::AnyFolders),
            Some(text) if text.contains(['*', '?', '[']) => Pattern::new(text).map(Self::Name),
            _ => Ok(Self::Literal(name)),
        }
    }
}
