//! Writes a folder completely or not at all.

use std::{fs, io, path::Path};

use super::name::Name;
use crate::failure::Failure;

/// Writes `files` to the new folder `folder`. They are written beside it, and moved there when they are complete.
pub(super) fn folder<'a>(
    folder: &Path,
    name: &Name,
    files: impl Iterator<Item = (&'a String, &'a String)>,
) -> Result<(), Failure> {
    if !is_free(folder) {
        return Err(Failure::Usage(format!(
            "there is something at `{}` already\nhint: it is never overwritten: choose another name, or move it away",
            folder.display()
        )));
    }
    let written = (|| {
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // The folder is removed with its content when it is dropped.
        let aside = tempfile::Builder::new().prefix(".longshore-").tempdir_in(parent)?;
        let new = aside.path().join(name.as_str());
        for (path, text) in files {
            let path = new.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&new))?;
            fs::write(path, text)?;
        }
        fs::rename(new, folder)
    })();
    written.map_err(|source| Failure::Write { path: folder.to_owned(), source })
}

/// Whether the path does not exist or is an empty folder.
fn is_free(folder: &Path) -> bool {
    match fs::symlink_metadata(folder) {
        Err(error) => error.kind() == io::ErrorKind::NotFound,
        Ok(found) => found.is_dir() && fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_failure_half_way_leaves_nothing_behind() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("mine");
        let name = Name::new("mine").unwrap();
        // The second file cannot be written, because a file has the path of its folder.
        let files = [("a".to_owned(), "text".to_owned()), ("a/b".to_owned(), "text".to_owned())];
        let written = folder(&target, &name, files.iter().map(|(path, text)| (path, text)));
        assert!(matches!(written, Err(Failure::Write { .. })), "{written:?}");
        assert!(names(parent.path()).is_empty(), "{:?}", names(parent.path()));
    }

    #[test]
    fn an_empty_folder_is_taken_and_a_full_one_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("mine");
        let name = Name::new("mine").unwrap();
        let files = [("a".to_owned(), "text".to_owned())];
        let write = || folder(&target, &name, files.iter().map(|(path, text)| (path, text)));
        fs::create_dir(&target).unwrap();
        write().unwrap();
        assert_eq!((names(parent.path()), names(&target)), (vec!["mine".to_owned()], vec!["a".to_owned()]));
        assert!(matches!(write(), Err(Failure::Usage(_))));
        assert_eq!(names(parent.path()), ["mine"]);
    }
}
