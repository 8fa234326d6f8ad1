//! A file that passed the checks and is open. All later reads use the same descriptor.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::checked_path_walk;
use super::manifest::{self, ManifestError, PluginManifest};
use super::trust::{RefusedError, Trust};

/// Opens a library after checking that only trusted users can have written the file and every folder and link of its
/// path.
pub fn open(path: &Path, trust: &Trust) -> Result<OpenedFile, RefusedError> {
    let (file, path, owned) = checked_path_walk::file(path, trust)?;
    Ok(OpenedFile { file, path, owner: owned.owner, mode: owned.mode, trust: trust.clone() })
}

/// A shared library that was checked and is open.
#[derive(Debug)]
pub struct OpenedFile {
    pub(super) file: File,
    pub(super) path: PathBuf,
    pub(super) owner: u32,
    pub(super) mode: u32,
    /// The rules also apply to the private folder for a copy.
    pub(super) trust: Trust,
}

impl OpenedFile {
    /// The file's real path: all symbolic links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the plugin manifest with a few small reads. Only a [`Snapshot`](super::Snapshot) guarantees the content that will be
    /// loaded.
    pub fn manifest(&self) -> Result<PluginManifest, ManifestError> {
        manifest::read_open(&self.file)
    }
}
