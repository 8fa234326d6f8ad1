//! A copy of a library in a folder that only this user can enter, for systems that forbid executing sealed memory.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use thiserror::Error;

use super::checked_path_walk;
use super::reader::Reader;
use super::snapshot::{Snapshot, copy};
use super::trust::RefusedError;

/// Why a folder could not be used.
#[derive(Debug, Error)]
pub(super) enum PrivateError {
    #[error("{0}")]
    Refused(Box<RefusedError>),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("the copy differs from what was copied")]
    Differs,
}

/// Calls `with` with the path of a copy below `folder`, and deletes the copy and its folder afterwards. A mapping
/// outlives the name of its file. The name is never used again: the loader cannot mistake another file for this one.
pub(super) fn with_copy<T>(
    snapshot: &Snapshot,
    folder: &Path,
    with: impl FnOnce(&Path) -> T,
) -> Result<T, PrivateError> {
    let folder = checked_path_walk::folder(folder, &snapshot.trust)
        .map_err(|refused| PrivateError::Refused(Box::new(refused)))?;
    let own = Folder::make(&folder)?;
    let path = own.0.join(format!("{}.so", snapshot.metadata.sha256));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o500).open(&path)?;
    copy(&mut Reader::new(&snapshot.memory), &mut file)?;
    file.set_permissions(Permissions::from_mode(0o500))?;
    drop(file);
    let (hash, _) = copy(&mut File::open(&path)?, &mut io::sink())?;
    if hash != snapshot.hash {
        return Err(PrivateError::Differs);
    }
    Ok(with(&path))
}

/// A private folder, which is removed when this value is dropped.
struct Folder(PathBuf);

impl Folder {
    /// Creates a new folder, under a name that this process uses only once.
    fn make(parent: &Path) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
            let path = parent.join(format!("longshore-{}-{time:x}-{count}", std::process::id()));
            // `mkdir` neither follows a link nor accepts an existing folder: the name need not be secret.
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "a library's private copy could not be deleted");
        }
    }
}
