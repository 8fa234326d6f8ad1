//! Reads the plugin manifests of the libraries in one place. Runs none of their code.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::place::Place;
use crate::library::{ManifestError, PluginManifest, manifest};

/// Device and inode.
pub(super) type FileId = (u64, u64);

/// The content of a place.
pub(super) enum Scan {
    /// The place does not exist.
    Missing,
    /// The place exists and cannot be read.
    Unreadable(io::Error),
    /// The libraries of the place, ordered by file name.
    Libraries(Vec<Library>),
}

/// A file with the extension of a library, or a file that the configuration names.
pub(super) struct Library {
    pub(super) path: PathBuf,
    pub(super) file: FileId,
    pub(super) manifest: Result<PluginManifest, ManifestError>,
}

/// Scans a folder, or one file regardless of its name.
pub(super) fn scan(place: &Place) -> Scan {
    match libraries(&place.path) {
        Ok(libraries) => Scan::Libraries(libraries),
        Err(error) if is_missing(&error) => dangling(&place.path).map_or(Scan::Missing, Scan::Unreadable),
        Err(error) => Scan::Unreadable(error),
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The error for a place that is a dangling link.
fn dangling(path: &Path) -> Option<io::Error> {
    let target = path.read_link().ok()?;
    let message = format!("it is a link to `{}`, which does not exist", target.display());
    Some(io::Error::new(io::ErrorKind::NotFound, message))
}

fn libraries(path: &Path) -> io::Result<Vec<Library>> {
    if !path.metadata()?.is_dir() {
        return Ok(look(path.to_owned())?.into_iter().collect());
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
        // The file may have been deleted since the folder was listed.
        let Some(library) = look(path)? else { continue };
        // Two names of the same file are one library.
        if libraries.iter().all(|other| other.file != library.file) {
            libraries.push(library);
        }
    }
    Ok(libraries)
}

fn look(path: PathBuf) -> io::Result<Option<Library>> {
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) => return look_at_link(path, &error),
    };
    // Opening a pipe would wait for a writer.
    let manifest = if metadata.is_file() {
        File::open(&path).map_or(Err(ManifestError::Unreadable), |file| manifest::read_open(&file))
    } else {
        Err(ManifestError::NotALibrary { found: "it is a folder, device, pipe or socket" })
    };
    Ok(Some(Library { path, file: (metadata.dev(), metadata.ino()), manifest }))
}

/// The entry for a link that cannot be followed because of `error`; `None` if the path does not exist any more.
fn look_at_link(path: PathBuf, error: &io::Error) -> io::Result<Option<Library>> {
    let link = match path.symlink_metadata() {
        Ok(link) => link,
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let manifest = match path.read_link() {
        Ok(target) => Err(ManifestError::Link { target, found: fault_of(error) }),
        Err(_) => Err(ManifestError::Unreadable),
    };
    Ok(Some(Library { path, file: (link.dev(), link.ino()), manifest }))
}

/// Describes why a link cannot be followed. The text follows the name of the link's target.
fn fault_of(error: &io::Error) -> &'static str {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOENT | Errno::NOTDIR) => "which does not exist",
        Some(Errno::LOOP) => "which leads back to it, or through too many links",
        Some(Errno::NAMETOOLONG) => "whose name is too long",
        Some(Errno::ACCESS) => "which this user may not look at",
        _ => "which cannot be followed",
    }
}

fn is_library(path: &Path) -> bool {
    matches!(path.extension().and_then(OsStr::to_str), Some("so" | "dylib"))
}
