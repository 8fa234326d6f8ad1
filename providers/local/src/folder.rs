//! The folder that files are kept in. Nothing gets out of it, through symbolic links either.

use std::{
    fmt,
    io::{self, ErrorKind::AlreadyExists},
    path::{Path, PathBuf},
};

use cap_std::{ambient_authority, fs::Dir};
use longshore_provider::{Error, ErrorKind, Result, tokio::task::spawn_blocking};

/// An opened folder. All paths are resolved below it by the kernel (`openat2` with `RESOLVE_BENEATH`; cap-std
/// walks them itself where that is missing), so a link that is swapped in while we work does not lead out either.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: Dir,
    /// For messages alone.
    path: PathBuf,
    /// Whether to wait until the disk has what was written.
    sync: bool,
}

impl Folder {
    pub(crate) fn open(path: PathBuf, sync: bool) -> Result<Self> {
        match Dir::open_ambient_dir(&path, ambient_authority()) {
            Ok(dir) => Ok(Self { dir, path, sync }),
            Err(error) => {
                let path = path.display();
                let message = match error.kind() {
                    io::ErrorKind::NotFound => {
                        format!("the folder `{path}` does not exist; make it with `mkdir -p '{path}'`")
                    }
                    io::ErrorKind::NotADirectory => format!("`{path}` is not a folder"),
                    _ => format!("the folder `{path}` cannot be opened"),
                };
                Err(Error::invalid_options(format!("providerOptions.directory: {message}")).caused_by(&error))
            }
        }
    }

    pub(crate) fn dir(&self) -> &Dir {
        &self.dir
    }

    pub(crate) fn syncs(&self) -> bool {
        self.sync
    }

    /// Makes the folders that `key` stands in. `NotFound` when one vanished meanwhile, `NotADirectory` when
    /// something else stands there.
    pub(crate) fn make_parents(&self, key: &str) -> io::Result<()> {
        for parent in parents(key) {
            match self.dir.create_dir(parent) {
                Ok(()) => self.sync_parent(parent)?,
                Err(error) if error.kind() == AlreadyExists => {
                    if !self.dir.metadata(parent)?.is_dir() {
                        return Err(io::ErrorKind::NotADirectory.into());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The first of the folders that `key` should stand in that is something else.
    pub(crate) fn obstacle<'a>(&self, key: &'a str) -> Option<&'a str> {
        parents(key).find(|parent| self.dir.metadata(parent).is_ok_and(|metadata| !metadata.is_dir()))
    }

    /// Whether `key` is a folder, or a link to one. A person created it by hand, and no file is stored there.
    pub(crate) fn is_folder(&self, key: &str) -> bool {
        self.dir.metadata(key).is_ok_and(|metadata| metadata.is_dir())
    }

    /// Removes the folders that `key` stood in, as far as they are empty now.
    pub(crate) fn remove_empty_parents(&self, key: &str) {
        let parents: Vec<_> = parents(key).collect();
        for parent in parents.into_iter().rev() {
            if self.dir.remove_dir(parent).is_err() {
                break;
            }
        }
    }

    /// Waits until the disk knows which files stand beside `key`.
    pub(crate) fn sync_parent(&self, key: &str) -> io::Result<()> {
        if !self.sync {
            return Ok(());
        }
        // The descriptor of a `Dir` is for paths only, so the folder is opened again.
        let parent = key.rsplit_once('/').map_or(".", |(parent, _)| parent);
        self.dir.open(parent)?.sync_all()
    }

    /// The error for `doing` (a verb and its object) having failed.
    pub(crate) fn failure(&self, doing: impl fmt::Display, error: &io::Error) -> Error {
        let folder = self.path.display();
        let (kind, message) = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                (ErrorKind::StorageFull, format!("could not {doing}: no space is left in `{folder}`"))
            }
            // What cap-std says of its own accord, without the kernel's number.
            io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
                (ErrorKind::InvalidInput, format!("could not {doing}: a symbolic link points outside of `{folder}`"))
            }
            io::ErrorKind::PermissionDenied => {
                (ErrorKind::PermissionDenied, format!("could not {doing}: this process lacks the rights in `{folder}`"))
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                (ErrorKind::PermissionDenied, format!("could not {doing}: `{folder}` is mounted read-only"))
            }
            io::ErrorKind::InvalidFilename => (
                ErrorKind::InvalidInput,
                format!("could not {doing}: a segment of the key is too long for a file name"),
            ),
            io::ErrorKind::CrossesDevices => (
                ErrorKind::InvalidInput,
                format!("could not {doing}: its folder is on another file system than `{folder}`"),
            ),
            io::ErrorKind::FileTooLarge => (ErrorKind::TooLarge, format!("could not {doing}: the file is too large")),
            // The provider's own files are missing only if another process removed them.
            io::ErrorKind::NotFound => {
                (ErrorKind::Unavailable, format!("could not {doing}: it was removed from `{folder}` meanwhile"))
            }
            _ => (ErrorKind::Internal, format!("could not {doing} in `{folder}`")),
        };
        Error::new(kind, message).caused_by(error)
    }

    /// The path, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Runs `work` where it may block.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(Error::new(ErrorKind::Cancelled, "the runtime is ending").caused_by(&error)),
    }
}

/// The folders that `key` stands in, outermost first.
fn parents(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices('/').map(|(end, _)| &key[..end])
}

/// Whether nothing is stored there: a missing name, or one below a file.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
