//! Looks at the libraries of one place: reads their notes, runs none of their code.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::place::Place;
use crate::library::{Note, NoteError, note};

/// Device and inode.
pub(super) type FileId = (u64, u64);

/// What a place has.
pub(super) enum Scan {
    /// The place does not exist.
    Missing,
    /// The place is there and cannot be read.
    Unreadable(io::Error),
    /// Its libraries, in the order of their names.
    Libraries(Vec<Library>),
}

/// A file that is named like a library.
pub(super) struct Library {
    pub(super) path: PathBuf,
    pub(super) file: FileId,
    pub(super) note: Result<Note, NoteError>,
}

/// Looks at a folder, or at one file whatever its name.
pub(super) fn scan(place: &Place) -> Scan {
    match libraries(&place.path) {
        Ok(libraries) => Scan::Libraries(libraries),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Scan::Missing,
        Err(error) => Scan::Unreadable(error),
    }
}

fn libraries(path: &Path) -> io::Result<Vec<Library>> {
    if !path.metadata()?.is_dir() {
        return Ok(vec![look(path.to_owned())?]);
    }
    let mut paths = Vec::new();
    for entry in path.read_dir()? {
        let path = entry?.path();
        if is_library(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    let mut libraries: Vec<Library> = Vec::new();
    for path in paths {
        // A file that cannot be looked at is not there for us, and what it is cannot be said: a dangling link.
        let Ok(library) = look(path) else { continue };
        // Two names of one file are one library.
        if libraries.iter().all(|other| other.file != library.file) {
            libraries.push(library);
        }
    }
    Ok(libraries)
}

fn look(path: PathBuf) -> io::Result<Library> {
    let metadata = path.metadata()?;
    // Opening a pipe would wait for a writer.
    let note = if metadata.is_file() {
        File::open(&path).map_or(Err(NoteError::Unreadable), |file| note::read_open(&file))
    } else {
        Err(NoteError::NotALibrary { found: "it is a folder, device, pipe or socket" })
    };
    Ok(Library { path, file: (metadata.dev(), metadata.ino()), note })
}

fn is_library(path: &Path) -> bool {
    matches!(path.extension().and_then(OsStr::to_str), Some("so" | "dylib"))
}
