//! The output of a download: a new file that appears once it is complete.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use longshore_provider::{Error, ErrorKind, Result};
use tempfile::{Builder, TempPath};
use tokio::fs::File;

/// A file that is being written. Dropped before [`Destination::finish`], it leaves nothing behind.
pub(super) struct Destination {
    file: File,
    /// The temporary path until the file is complete, and the final path. `None` if the destination is not a regular
    /// file, for example a pipe.
    staged: Option<(TempPath, PathBuf)>,
}

impl Destination {
    /// Begins to write the file that will appear at `path`.
    pub(super) fn create(path: PathBuf) -> Result<Self> {
        Self::staged(path).map_err(|error| cannot_write(&error))
    }

    fn staged(path: PathBuf) -> io::Result<Self> {
        // A symbolic link stays: its target is replaced.
        let path = fs::canonicalize(&path).unwrap_or(path);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if !metadata.is_file() => {
                let file = fs::OpenOptions::new().write(true).open(&path)?;
                return Ok(Self { file: File::from_std(file), staged: None });
            }
            _ => {}
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // The usual permissions of a new file: the system applies the umask.
        let staged =
            Builder::new().prefix(".longshore-").permissions(fs::Permissions::from_mode(0o666)).tempfile_in(folder)?;
        let (file, staged) = staged.into_parts();
        Ok(Self { file: File::from_std(file), staged: Some((staged, path)) })
    }

    /// The file to write to.
    pub(super) fn writer(&mut self) -> &mut File {
        &mut self.file
    }

    /// Moves the complete file to its final path.
    pub(super) async fn finish(self) -> Result<()> {
        let Some((staged, path)) = self.staged else { return Ok(()) };
        self.file.sync_all().await.map_err(|error| cannot_write(&error))?;
        staged.persist(path).map_err(|error| cannot_write(&error.error))
    }
}

/// The reason why a file cannot be written.
pub(super) fn cannot_write(error: &io::Error) -> Error {
    let kind = match error.kind() {
        // The folder of the output was not found. The stored file exists.
        io::ErrorKind::IsADirectory | io::ErrorKind::NotFound => ErrorKind::InvalidInput,
        _ => Error::from(io::Error::from(error.kind())).kind(),
    };
    Error::new(kind, "the output cannot be written").with_retryable(false).caused_by(error)
}
