//! Where the bytes of a file are written: a new file that appears when it is whole.

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
    /// Where it is until it is whole, and where it goes; `None` for what is no regular file, such as a pipe.
    staged: Option<(TempPath, PathBuf)>,
}

impl Destination {
    /// Starts to write what will be at `path`.
    pub(super) fn create(path: PathBuf) -> Result<Self> {
        Self::staged(path).map_err(|error| cannot_write(&error))
    }

    fn staged(path: PathBuf) -> io::Result<Self> {
        // A link stays one: its target is replaced.
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
        // Readable as any new file is: the system takes the umask from it.
        let staged =
            Builder::new().prefix(".longshore-").permissions(fs::Permissions::from_mode(0o666)).tempfile_in(folder)?;
        let (file, staged) = staged.into_parts();
        Ok(Self { file: File::from_std(file), staged: Some((staged, path)) })
    }

    /// What to write to.
    pub(super) fn writer(&mut self) -> &mut File {
        &mut self.file
    }

    /// All is written: the file takes its place.
    pub(super) async fn finish(self) -> Result<()> {
        let Some((staged, path)) = self.staged else { return Ok(()) };
        self.file.sync_all().await.map_err(|error| cannot_write(&error))?;
        staged.persist(path).map_err(|error| cannot_write(&error.error))
    }
}

/// The reason why a file cannot be written.
pub(super) fn cannot_write(error: &io::Error) -> Error {
    let kind = match error.kind() {
        // The folder to write to was not found, not the file that the command asks for.
        io::ErrorKind::IsADirectory | io::ErrorKind::NotFound => ErrorKind::InvalidInput,
        _ => Error::from(io::Error::from(error.kind())).kind(),
    };
    Error::new(kind, "the output cannot be written").with_retryable(false).caused_by(error)
}
