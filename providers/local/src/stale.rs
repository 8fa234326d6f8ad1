//! Temporary files whose process died.

use std::{
    fs::{File, TryLockError},
    io::{self, ErrorKind::NotFound},
    os::unix::fs::MetadataExt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use cap_std::fs::{Dir, DirEntry};
use longshore_provider::tracing;

use crate::{folder::Folder, name::TEMPORARY};

/// Where files cannot be locked, a file that was not written to for this time counts as abandoned.
const OLD: Duration = Duration::from_hours(24);
/// The next look at the temporary files comes with the first upload after this time: another process may have died
/// since, and files that cannot be locked have grown old.
const BETWEEN_LOOKS: Duration = Duration::from_hours(1);

/// When the temporary files were looked at.
#[derive(Debug)]
pub(crate) struct LastLook(Mutex<Instant>);

impl LastLook {
    pub(crate) fn now() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// Whether it is time to look again. The caller that gets `true` is the one to look.
    pub(crate) fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.elapsed() >= BETWEEN_LOOKS;
        if due {
            *last = Instant::now();
        }
        due
    }
}

/// Removes temporary files that no process works on. A failure is logged: it keeps no provider from starting.
pub(crate) fn remove_stale(folder: &Folder) {
    let removed = folder.dir().open_dir(TEMPORARY).and_then(|temporary| remove_from(folder, &temporary));
    match removed {
        Ok(0) => {}
        Ok(count) => {
            tracing::info!(count, folder = %folder.path().display(), "removed temporary files of dead processes");
        }
        Err(error) if error.kind() == NotFound => {}
        Err(error) => {
            tracing::warn!(folder = %folder.path().display(), %error, "stale temporary files cannot be listed");
        }
    }
}

fn remove_from(folder: &Folder, temporary: &Dir) -> io::Result<usize> {
    let mut removed = 0;
    for entry in temporary.entries()? {
        let entry = entry?;
        match remove_if_stale(&entry) {
            Ok(true) => removed += 1,
            Ok(false) => {}
            // Another process has stored or removed the file meanwhile.
            Err(error) if error.kind() == NotFound => {}
            // The entries behind this one may well be removed.
            Err(error) => {
                let path = folder.path().join(TEMPORARY).join(entry.file_name());
                tracing::warn!(path = %path.display(), %error, "a stale temporary file cannot be removed");
            }
        }
    }
    Ok(removed)
}

fn remove_if_stale(entry: &DirEntry) -> io::Result<bool> {
    if !entry.file_type()?.is_file() {
        return Ok(false);
    }
    // The lock is held until the file is removed. The process that made the file then sees that it has lost it.
    let file = entry.open()?.into_std();
    if !is_stale(&file) {
        return Ok(false);
    }
    entry.remove_file().map(|()| true)
}

fn is_stale(file: &File) -> bool {
    match file.try_lock() {
        // A file without a name was removed by a process that had locked it before.
        Ok(()) => file.metadata().is_ok_and(|metadata| metadata.nlink() > 0),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => {
            let modified = file.metadata().and_then(|metadata| metadata.modified());
            let age = modified.ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
            age.is_some_and(|age| age > OLD)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink, sync::Arc};

    use super::*;
    use crate::staged::Staged;

    #[test]
    fn a_temporary_file_that_no_process_holds_is_removed_at_once_whatever_stands_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::open(place.path().to_owned(), true).unwrap());
        let held = Staged::new(Arc::clone(&folder));
        held.write(&[]).unwrap();
        let temporary = place.path().join(TEMPORARY);
        symlink("nowhere", temporary.join("link")).unwrap();
        fs::create_dir(temporary.join("folder")).unwrap();
        let dead: Vec<_> = (0..8).map(|number| temporary.join(format!("dead-{number}"))).collect();
        for file in &dead {
            fs::write(file, "half").unwrap();
        }

        remove_stale(&folder);
        assert!(dead.iter().all(|file| !file.exists()));
        assert!(temporary.join("folder").exists());
        held.store("held", true).unwrap();
    }

    #[test]
    fn the_temporary_files_are_looked_at_once_in_a_while() {
        let last = LastLook::now();
        assert!(!last.is_due());
        if let Some(earlier) = Instant::now().checked_sub(BETWEEN_LOOKS) {
            *last.0.lock().unwrap() = earlier;
            assert!(last.is_due());
            assert!(!last.is_due());
        }
    }
}
