//! The owners whose files are accepted.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use longshore_plugin_host::library::{self, EntryKind, Fault, RefusedError, Trust};

use crate::{
    build::{self, good},
    printed,
};

#[test]
fn a_file_that_others_may_write_is_refused_with_the_chmod_to_run() {
    let (_folder, path) = file();
    mode(&path, 0o666);
    let error = open(&path).unwrap_err();
    assert!(matches!(error, RefusedError::Untrusted { subject: EntryKind::File, .. }), "{error}");
    assert!(
        printed(&error).contains(&format!("chmod o-w {}", path.display())) || printed(&error).contains("chmod go-w")
    );
    mode(&path, 0o644);
    open(&path).unwrap();
}

#[test]
fn a_file_that_others_may_write_by_an_access_control_list_is_refused() {
    // The fields of acl(5): tag, permissions and id. The entries: the owner, user 12345, the group, the mask that
    // limits the last two, and others.
    let entries: [(u16, u16, u32); 5] =
        [(0x01, 6, u32::MAX), (0x02, 6, 12345), (0x04, 4, u32::MAX), (0x10, 6, u32::MAX), (0x20, 4, u32::MAX)];
    let entry =
        |(who, may, id): (u16, u16, u32)| [&who.to_le_bytes()[..], &may.to_le_bytes(), &id.to_le_bytes()].concat();
    let list: Vec<u8> = 2_u32.to_le_bytes().into_iter().chain(entries.into_iter().flat_map(entry)).collect();

    let (_folder, path) = file();
    rustix::fs::setxattr(&path, "system.posix_acl_access", &list, rustix::fs::XattrFlags::empty()).unwrap();
    let error = printed(&open(&path).unwrap_err());
    assert!(error.contains("may be written by those whom its access control list names (mode 0664)"), "{error}");
    assert!(error.contains(&format!("hint: run `setfacl -b {}`", path.display())), "{error}");
    mode(&path, 0o644);
    open(&path).expect("the bits of the group are the most that the list grants");
}

#[test]
fn a_folder_that_others_may_write_is_refused_wherever_it_stands_on_the_way() {
    let (folder, path) = file();
    let above = folder.path().join("a");
    mode(&above, 0o777);
    let error = open(&path).unwrap_err();
    let RefusedError::Untrusted { at, subject: EntryKind::Folder, fault, .. } = &error else { panic!("{error}") };
    assert!(matches!(**fault, Fault::Writable { mode: 0o777, .. }), "{error}");
    assert_eq!(*at, above);
    assert!(printed(&error).contains("hint: run `chmod "), "{error}");
    mode(&above, 0o1777);
    open(&path).expect("with the sticky bit, others cannot replace what is there");
}

#[test]
fn a_link_is_followed_and_the_folder_that_holds_it_is_checked_too() {
    let (folder, path) = file();
    let (open_folder, link) = (folder.path().join("open"), folder.path().join("open/link.so"));
    build::make_folder(&open_folder);
    symlink(&path, &link).unwrap();
    assert_eq!(open(&link).unwrap(), path.canonicalize().unwrap());
    mode(&open_folder, 0o777);
    let error = open(&link).unwrap_err();
    assert!(matches!(&error, RefusedError::Untrusted { at, .. } if *at == open_folder), "{error}");
}

#[test]
fn a_folder_behind_a_relative_link_is_checked() {
    let (folder, path) = file();
    let link = folder.path().join("link");
    symlink("./a/../a/b", &link).unwrap();
    assert_eq!(open(&link.join("x.so")).unwrap(), path.canonicalize().unwrap());
    mode(path.parent().unwrap(), 0o777);
    assert!(open(&link.join("x.so")).is_err());
}

#[test]
fn links_in_a_circle_end() {
    let (folder, _) = file();
    let link = folder.path().join("circle.so");
    symlink(&link, &link).unwrap();
    assert!(matches!(open(&link), Err(RefusedError::Links { .. })));
}

#[test]
fn what_is_not_a_file_is_said_to_be_so() {
    let (folder, path) = file();
    assert!(matches!(open(folder.path()), Err(RefusedError::NotAFile { .. })));
    assert!(matches!(open(Path::new("/dev/null")), Err(RefusedError::NotAFile { .. })));
    let error = open(&folder.path().join("missing.so")).unwrap_err();
    assert!(
        matches!(&error, RefusedError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound),
        "{error}"
    );
    let error = open(&path.join("below")).unwrap_err();
    assert!(
        matches!(&error, RefusedError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotADirectory),
        "{error}"
    );
}

/// Only root can change a file's owner. Unit tests check the rule itself for every user.
#[test]
fn a_stranger_s_file_is_refused_until_he_is_trusted() {
    let (_folder, path) = file();
    if std::os::unix::fs::chown(&path, Some(4242), None).is_err() {
        return;
    }
    let error = open(&path).unwrap_err();
    assert!(
        matches!(&error, RefusedError::Untrusted { fault, .. } if matches!(**fault, Fault::Owner { .. })),
        "{error}"
    );
    assert!(printed(&error).contains("chown"), "{error}");
    library::open(&path, &Trust { users: vec![4242] }).unwrap();
}

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = build::folder();
    let path = build::write(&folder.path().join("a/b/x.so"), good());
    mode(&folder.path().join("a"), 0o755);
    mode(&folder.path().join("a/b"), 0o755);
    (folder, path)
}

fn open(path: &Path) -> Result<PathBuf, RefusedError> {
    library::open(path, &Trust::default()).map(|opened| opened.path().to_owned())
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
