//! Temporary files whose process died.

use std::{
    fs::{File, TryLockError},
    io,
    time::{Duration, SystemTime},
};

use cap_std::fs::Dir;
use longshore_provider::tracing;

use crate::{folder::Folder, name::TEMPORARY};

/// Between making a file and locking it there is a moment.
const YOUNG: Duration = Duration::from_mins(1);
/// Where files cannot be locked, one that has not been written to for so long is nobody's.
const OLD: Duration = Duration::from_hours(24);

/// Removes temporary files that no process works on. Failing to is no reason not to start.
pub(crate) fn remove_stale(folder: &Folder) {
    let removed = folder.dir().open_dir(TEMPORARY).and_then(|temporary| remove_from(&temporary));
    match removed {
        Ok(0) => {}
        Ok(count) => {
            tracing::info!(count, folder = %folder.path().display(), "removed temporary files of dead processes");
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(folder = %folder.path().display(), %error, "could not look for stale temporary files");
        }
    }
}

fn remove_from(temporary: &Dir) -> io::Result<usize> {
    let mut removed = 0;
    for entry in temporary.entries()? {
        let entry = entry?;
        if entry.file_type()?.is_file() && is_stale(&entry.open()?.into_std()) && entry.remove_file().is_ok() {
            removed += 1;
        }
    }
    Ok(removed)
}

fn is_stale(file: &File) -> bool {
    let modified = file.metadata().and_then(|metadata| metadata.modified());
    let age = modified.ok().and_then(|modified| SystemTime::now().duration_since(modified).ok()).unwrap_or_default();
    match file.try_lock() {
        Ok(()) => age > YOUNG,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => age > OLD,
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Arc};

    use super::*;
    use crate::staged::Staged;

    #[test]
    fn only_old_files_that_nobody_holds_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::open(place.path().to_owned(), true).unwrap());
        let held = Staged::new(Arc::clone(&folder));
        held.write(&[]).unwrap();
        let temporary = place.path().join(TEMPORARY);
        for file in fs::read_dir(&temporary).unwrap() {
            age(&file.unwrap().path());
        }
        fs::write(temporary.join("dead"), "half").unwrap();
        age(&temporary.join("dead"));
        fs::write(temporary.join("young"), "half").unwrap();

        remove_stale(&folder);
        assert!(!temporary.join("dead").exists());
        assert!(temporary.join("young").exists());
        held.store("held", true).unwrap();
    }

    fn age(path: &std::path::Path) {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
    }
}
