//! A folder for the files that a provider keeps, gone with its owner.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// A new, empty folder. Dropping it removes it with all that is in it.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// `None` where none can be made.
    pub(super) fn new() -> Option<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("longshore-testkit-{}-{count}", std::process::id()));
        // Somebody else's folder of that name is not ours to use, or to remove.
        fs::create_dir(&path).ok().map(|()| Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Whatever still works in it loses: nobody asks for its files any more.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_empty_and_goes_with_its_owner() {
        let (one, other) = (Folder::new().unwrap(), Folder::new().unwrap());
        assert_ne!(one.path(), other.path());
        fs::write(one.path().join("file"), "x").unwrap();
        let path = one.path().to_owned();
        drop(one);
        assert!(!path.exists() && other.path().exists());
    }
}
