//! Walks from `/` to a file, one name at a time, and checks each step against the rules of trust.
//!
//! Each step opens the next name below the folder that was just checked, and never follows a link implicitly. Nothing
//! can therefore be exchanged between the check and the step.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat, fstat, getxattr, openat, readlinkat};
use rustix::io::Errno;

use super::trust::{EntryKind, Owned, OwnershipPolicy, RefusedError, Trust};

/// The limit of Linux itself.
const MAX_LINKS: u32 = 40;

/// Opens a regular file for reading. Returns its real path and its ownership.
pub(super) fn file(path: &Path, trust: &Trust) -> Result<(File, PathBuf, Owned), RefusedError> {
    let mut walk = Walk::start(path, trust)?;
    loop {
        let Some(name) = walk.pending.pop_front() else {
            return Err(RefusedError::NotAFile { path: path.to_owned(), found: "a folder" });
        };
        let Some(stat) = walk.step(&name)? else { continue };
        if !walk.pending.is_empty() {
            return Err(walk.io(&name, Errno::NOTDIR));
        }
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(RefusedError::NotAFile { path: path.to_owned(), found: "a device, pipe or socket" });
        }
        // `NONBLOCK`: if a pipe has replaced the file meanwhile, opening it does not wait for a writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(walk.here(), &name, flags, Mode::empty()).map_err(|error| walk.io(&name, error))?;
        let stat = fstat(&file).map_err(|error| walk.io(&name, error))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(RefusedError::NotAFile { path: path.to_owned(), found: "no longer a file" });
        }
        let owned = owned(&file, &stat);
        walk.check(EntryKind::File, owned, &name)?;
        return Ok((File::from(file), walk.real.join(&name), owned));
    }
}

/// Checks a folder and all of its parents. Returns its real path.
pub(super) fn folder(path: &Path, trust: &Trust) -> Result<PathBuf, RefusedError> {
    let mut walk = Walk::start(path, trust)?;
    while let Some(name) = walk.pending.pop_front() {
        if walk.step(&name)?.is_some() {
            return Err(walk.io(&name, Errno::NOTDIR));
        }
    }
    Ok(walk.real)
}

struct Walk<'a> {
    /// The path that the caller passed, for messages.
    path: &'a Path,
    policy: OwnershipPolicy<'a>,
    /// The folders from `/` to the current one, opened without read permission.
    folders: Vec<OwnedFd>,
    /// The real path of the last folder.
    real: PathBuf,
    /// The names that are left to visit.
    pending: VecDeque<OsString>,
    links: u32,
}

impl<'a> Walk<'a> {
    fn start(path: &'a Path, trust: &'a Trust) -> Result<Self, RefusedError> {
        let absolute =
            std::path::absolute(path).map_err(|source| RefusedError::Io { path: path.to_owned(), source })?;
        let mut walk = Self {
            path,
            policy: OwnershipPolicy::of_process(trust),
            folders: Vec::new(),
            real: PathBuf::from("/"),
            pending: names(&absolute).collect(),
            links: 0,
        };
        let root = openat(CWD, "/", FOLDER, Mode::empty()).map_err(|error| walk.io(OsStr::new("/"), error))?;
        let stat = fstat(&root).map_err(|error| walk.io(OsStr::new("/"), error))?;
        walk.check(EntryKind::Folder, owned(&root, &stat), OsStr::new("/"))?;
        walk.folders.push(root);
        Ok(walk)
    }

    /// Advances by one name: into a folder, to its parent, or to the target of a link. Returns the metadata of any
    /// other kind of file.
    fn step(&mut self, name: &OsStr) -> Result<Option<Stat>, RefusedError> {
        if name == ".." {
            if self.folders.len() > 1 {
                self.folders.pop();
                self.real.pop();
            }
            return Ok(None);
        }
        let next = openat(self.here(), name, STEP, Mode::empty()).map_err(|error| self.io(name, error))?;
        let stat = fstat(&next).map_err(|error| self.io(name, error))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => {
                self.check(EntryKind::Folder, owned(&next, &stat), name)?;
                self.folders.push(next);
                self.real.push(name);
            }
            FileType::Symlink => {
                self.check(EntryKind::Link, owned(&next, &stat), name)?;
                self.links += 1;
                if self.links > MAX_LINKS {
                    return Err(RefusedError::Links { path: self.path.to_owned() });
                }
                let target = readlinkat(&next, "", Vec::new()).map_err(|error| self.io(name, error))?;
                let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
                if target.is_absolute() {
                    self.folders.truncate(1);
                    self.real = PathBuf::from("/");
                }
                for name in names(&target).collect::<Vec<_>>().into_iter().rev() {
                    self.pending.push_front(name);
                }
            }
            _ => return Ok(Some(stat)),
        }
        Ok(None)
    }

    fn here(&self) -> &OwnedFd {
        self.folders.last().expect("`/` is opened at the start and never left")
    }

    fn check(&self, subject: EntryKind, owned: Owned, name: &OsStr) -> Result<(), RefusedError> {
        let at = self.real.join(name);
        self.policy.check(subject, owned, &at).map_err(|fault| RefusedError::Untrusted {
            path: self.path.to_owned(),
            at,
            subject,
            fault: Box::new(fault),
        })
    }

    fn io(&self, name: &OsStr, error: Errno) -> RefusedError {
        RefusedError::Io { path: self.real.join(name), source: error.into() }
    }
}

/// Folders are opened for searching only, and need no permission to list them.
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const STEP: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

fn names(path: &Path) -> impl Iterator<Item = OsString> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    })
}

fn owned(opened: impl AsFd, stat: &Stat) -> Owned {
    let mode = stat.st_mode & 0o7777;
    // An access control list can let other users write only if the group's bit is set, because that bit limits all
    // grants of the list.
    let listed = mode & 0o020 != 0 && has_access_list(opened);
    Owned { owner: stat.st_uid, group: stat.st_gid, mode, listed }
}

/// Whether the file has an access control list in addition to the permission bits.
fn has_access_list(opened: impl AsFd) -> bool {
    // A descriptor without read permission (`O_PATH`) gives no access to attributes: `/proc` leads to the same file.
    let path = format!("/proc/self/fd/{}", opened.as_fd().as_raw_fd());
    let list = getxattr(path, "system.posix_acl_access", &mut [0_u8; 64]);
    !matches!(list, Err(Errno::NODATA | Errno::OPNOTSUPP))
}
