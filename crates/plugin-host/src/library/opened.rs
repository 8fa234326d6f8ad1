//! A file that passed the checks, open once; all that is learnt of it comes from this descriptor.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::checked_path_walk;
use super::note::{self, ManifestError, PluginManifest};
use super::snapshot::{Snapshot, SnapshotError};
use super::trust::{RefusedError, Trust};

/// Opens a library after checking that only trusted users can have written it, or anything on the way to it.
pub fn open(path: &Path, trust: &Trust) -> Result<OpenedFile, RefusedError> {
    let (file, path, owned) = checked_path_walk::file(path, trust)?;
    Ok(OpenedFile { file, path, owner: owned.owner, mode: owned.mode, trust: trust.clone() })
}

/// A library that was checked and is open.
#[derive(Debug)]
pub struct OpenedFile {
    pub(super) file: File,
    pub(super) path: PathBuf,
    pub(super) owner: u32,
    pub(super) mode: u32,
    /// A private folder for a copy is held to the same rules.
    pub(super) trust: Trust,
}

impl OpenedFile {
    /// The file's real path: all symbolic links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the note, by a few small reads. What will be loaded is known only from a [`Snapshot`].
    pub fn note(&self) -> Result<PluginManifest, ManifestError> {
        note::read_open(&self.file)
    }

    /// Copies the library into memory that nobody can change any more, hashing it on the way.
    pub fn snapshot(self) -> Result<Snapshot, SnapshotError> {
        Snapshot::take(self)
    }
}
