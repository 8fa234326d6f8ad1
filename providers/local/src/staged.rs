//! A file aside, until all of it is there.

use std::{
    io::{self, ErrorKind::NotFound, Write},
    os::unix::fs::MetadataExt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use cap_std::fs::{DirBuilder, DirBuilderExt, File, Metadata, OpenOptions};
use longshore_provider::{Bytes, Error, ErrorKind, Result, tracing};

use crate::{folder::Folder, name::TEMPORARY};

/// How often a folder may vanish (because its last file was deleted) between being made and being used.
const VANISHING: usize = 100;

/// A temporary file that becomes a stored one by a rename, or is removed. Its methods block; they exclude each
/// other, so that [`abandon`](Self::abandon) comes after a step under way and before none.
pub(crate) struct Staged {
    folder: Arc<Folder>,
    /// Below the folder.
    path: String,
    state: Mutex<State>,
    /// The upload was given up. A task that waits for the lock to store the file must not do so before `abandon`.
    unwanted: AtomicBool,
}

enum State {
    /// Not made yet.
    New,
    Open(File),
    /// Stored or removed.
    Ended,
}

impl Staged {
    /// Chooses a name; the file is made by the first write.
    pub(crate) fn new(folder: Arc<Folder>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = format!("{TEMPORARY}/{:x}-{number:x}-{nanos:x}", std::process::id());
        Self { folder, path, state: Mutex::new(State::New), unwanted: AtomicBool::new(false) }
    }

    /// Keeps the file from being stored, unless it has been; does not block. [`abandon`](Self::abandon) is to follow.
    pub(crate) fn give_up(&self) {
        self.unwanted.store(true, Ordering::Release);
    }

    /// Appends `chunks`.
    pub(crate) fn write(&self, chunks: &[Bytes]) -> Result<()> {
        self.with_file(|file| chunks.iter().try_for_each(|chunk| file.write_all(chunk)))
    }

    /// Makes the file visible under `key`, whole. If it may not `overwrite`, an existing one is
    /// [`AlreadyExists`](ErrorKind::AlreadyExists).
    pub(crate) fn store(&self, key: &str, overwrite: bool) -> Result<Metadata> {
        let metadata = self.with_file(|file| {
            if self.folder.syncs() {
                file.sync_all()?;
            }
            file.metadata()
        })?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Ended) || self.unwanted.load(Ordering::Acquire) {
            return Err(abandoned());
        }
        self.put(key, overwrite)?;
        *state = State::Ended;
        match self.folder.sync_parent(key) {
            // Somebody has already deleted it again, with its folder.
            Err(error) if error.kind() != NotFound => Err(self.folder.failure(format_args!("store `{key}`"), &error)),
            _ => Ok(metadata),
        }
    }

    /// Removes the file, unless it has been stored. Later writes fail.
    pub(crate) fn abandon(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Open(_) = *state {
            self.remove();
        }
        *state = State::Ended;
    }

    fn with_file<T>(&self, work: impl FnOnce(&mut File) -> io::Result<T>) -> Result<T> {
        let failed = |error: &io::Error| self.folder.failure("write a file", error);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::New = *state {
            *state = State::Open(self.create().map_err(|error| failed(&error))?);
        }
        match &mut *state {
            State::Open(file) => work(file).map_err(|error| failed(&error)),
            State::New | State::Ended => Err(abandoned()),
        }
    }

    /// Only we may enter the folder of temporary files; the file itself already has the mode it will be seen with.
    fn create(&self) -> io::Result<File> {
        for _ in 0..VANISHING {
            let file = self.create_unlocked()?.into_std();
            // The lock tells other processes that this one works on the file. Where files cannot be locked, only their
            // age does.
            let locked = file.lock().is_ok();
            // A process that looks for stale files may have been first: it then has removed the file.
            if !locked || file.metadata()?.nlink() > 0 {
                return Ok(File::from_std(file));
            }
        }
        Err(io::Error::other("another process removes temporary files as soon as they are made"))
    }

    fn create_unlocked(&self) -> io::Result<File> {
        let dir = self.folder.dir();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        match dir.open_with(&self.path, &options) {
            Err(error) if error.kind() == NotFound => {
                let mut builder = DirBuilder::new();
                builder.mode(0o700);
                match dir.create_dir_with(TEMPORARY, &builder) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                    _ => dir.open_with(&self.path, &options),
                }
            }
            opened => opened,
        }
    }

    fn put(&self, key: &str, overwrite: bool) -> Result<()> {
        let dir = self.folder.dir();
        for _ in 0..VANISHING {
            let moved = self.folder.make_parents(key).and_then(|()| {
                if self.folder.is_folder(key) {
                    // A rename would put the file in the place of a link to a folder.
                    return Err(io::ErrorKind::IsADirectory.into());
                }
                if overwrite {
                    dir.rename(&self.path, dir, key)
                } else {
                    // Unlike a rename, a link never replaces what is there.
                    dir.hard_link(&self.path, dir, key)
                }
            });
            match moved {
                Ok(()) if overwrite => return Ok(()),
                Ok(()) => {
                    self.remove();
                    return Ok(());
                }
                Err(error) if error.kind() == NotFound && dir.exists(&self.path) => {}
                Err(error) => {
                    let refused = self.refused(key, &error);
                    self.folder.remove_empty_parents(key);
                    return Err(refused);
                }
            }
        }
        let message = format!("could not store `{key}`: its folder was removed again and again");
        Err(Error::new(ErrorKind::Unavailable, message))
    }

    fn refused(&self, key: &str, error: &io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Error::new(ErrorKind::AlreadyExists, format!("something is already stored under `{key}`"))
            }
            io::ErrorKind::IsADirectory => Error::invalid_input(format!(
                "`{key}` cannot be stored: it is a folder, with other files or made by hand"
            )),
            io::ErrorKind::NotADirectory => {
                let obstacle = self.folder.obstacle(key).unwrap_or("what should be its folder");
                Error::invalid_input(format!("`{key}` cannot be stored: `{obstacle}` is a file, and so no folder"))
            }
            _ => self.folder.failure(format_args!("store `{key}`"), error),
        }
    }

    fn remove(&self) {
        if let Err(error) = self.folder.dir().remove_file(&self.path)
            && error.kind() != NotFound
        {
            let path = self.folder.path().join(&self.path);
            tracing::warn!(path = %path.display(), %error, "a temporary file could not be removed");
        }
    }
}

fn abandoned() -> Error {
    Error::new(ErrorKind::Cancelled, "the upload was cancelled")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder() -> (tempfile::TempDir, Arc<Folder>) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path().to_owned(), true).unwrap();
        (place, Arc::new(folder))
    }

    #[test]
    fn a_full_disk_is_its_own_kind_and_names_the_folder() {
        let (place, folder) = folder();
        let staged = Staged::new(folder);
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        *staged.state.lock().unwrap() = State::Open(File::from_std(full));
        let error = staged.write(&[Bytes::from_static(b"x")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert!(error.message().contains(&place.path().display().to_string()), "{error}");
    }

    #[test]
    fn abandoned_temporary_files_are_removed_and_their_names_not_reused() {
        let (place, folder) = folder();
        let staged = Staged::new(Arc::clone(&folder));
        staged.write(&[Bytes::from_static(b"x")]).unwrap();
        assert_eq!(fs::read_dir(place.path().join(TEMPORARY)).unwrap().count(), 1);
        staged.abandon();
        assert_eq!(staged.write(&[]).unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(staged.store("x", true).unwrap_err().kind(), ErrorKind::Cancelled);

        let unwanted = Staged::new(Arc::clone(&folder));
        unwanted.write(&[Bytes::from_static(b"x")]).unwrap();
        unwanted.give_up();
        assert_eq!(unwanted.store("x", true).unwrap_err().kind(), ErrorKind::Cancelled);
        unwanted.abandon();
        assert!(!place.path().join("x").exists());

        let late = Staged::new(folder);
        late.abandon();
        assert_eq!(late.write(&[]).unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(fs::read_dir(place.path().join(TEMPORARY)).unwrap().count(), 0);
    }
}
