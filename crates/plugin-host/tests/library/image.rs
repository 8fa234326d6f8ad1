//! A mapped library has the content that was checked, and each content is mapped once.

use std::fs;
use std::path::{Path, PathBuf};

use longshore_plugin_host::library::{self, LoadError, LoadedLibrary, Placement, Snapshot, SnapshotError, Trust};

use crate::build::{self, good};

#[test]
fn the_same_content_is_one_image() {
    let folder = build::folder();
    let first = provider(folder.path(), "first.so", 11);
    let second = build::write(&folder.path().join("copy.so"), &fs::read(&first).unwrap());
    let image = load(&first);
    assert!(std::ptr::eq(image, load(&first)), "the same file again");
    assert!(std::ptr::eq(image, load(&second)), "the same content elsewhere");
    assert_eq!(image.path(), first.canonicalize().unwrap());
}

#[test]
fn a_replaced_file_at_the_same_path_is_a_new_image() {
    let folder = build::folder();
    let path = provider(folder.path(), "x.so", 21);
    let old = load(&path);
    let next = provider(folder.path(), "next.so", 22);
    fs::rename(next, &path).unwrap();
    let new = load(&path);
    assert!(!std::ptr::eq(old, new));
    assert_ne!(old.sha256(), new.sha256());
    assert_ne!(old.symbol("longshore_provider").unwrap(), new.symbol("longshore_provider").unwrap());
}

#[test]
fn a_file_that_is_overwritten_in_place_is_a_new_image_and_leaves_the_old_one_alone() {
    let folder = build::folder();
    let path = provider(folder.path(), "x.so", 31);
    let old = load(&path);
    let next = fs::read(provider(folder.path(), "next.so", 32)).unwrap();
    build::write(&path, &next);
    assert!(!std::ptr::eq(old, load(&path)));
    assert!(old.symbol("longshore_provider").is_ok());
}

#[test]
fn many_images_never_take_each_other_s_place() {
    let folder = build::folder();
    let mut addresses: Vec<usize> = (0..6)
        .map(|number| load(&provider(folder.path(), "x.so", 40 + number)))
        .map(|image| image.symbol("longshore_provider").unwrap().addr())
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), 6);
}

#[test]
fn a_private_folder_serves_where_memory_may_not_be_executed_and_is_gone_afterwards() {
    let folder = build::folder();
    let private = build::folder();
    let placement = Placement { memory: false, folders: vec![private.path().to_owned()] };
    let first = snapshot(&provider(folder.path(), "x.so", 51)).load(&placement).unwrap();
    let second = snapshot(&provider(folder.path(), "x.so", 52)).load(&placement).unwrap();
    assert!(!std::ptr::eq(first, second));
    assert_ne!(first.symbol("longshore_provider").unwrap(), second.symbol("longshore_provider").unwrap());
    assert_eq!(fs::read_dir(private.path()).unwrap().count(), 0);
}

#[test]
fn a_private_folder_that_cannot_be_used_gives_way_to_the_next_or_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = build::folder();
    let open = build::folder();
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let missing = folder.path().join("missing");
    let placement = Placement { memory: false, folders: vec![missing.clone(), open.path().to_owned()] };
    let error = snapshot(&provider(folder.path(), "x.so", 61)).load(&placement).unwrap_err();
    let LoadError::NoPlace { tried, .. } = &error else { panic!("{error}") };
    assert_eq!(tried.len(), 2);
    assert!(tried[1].1.contains("everybody"), "{error}");
    let placement = Placement { memory: false, folders: vec![missing, folder.path().to_owned()] };
    snapshot(&provider(folder.path(), "x.so", 61)).load(&placement).unwrap();
}

#[test]
fn what_was_opened_is_what_is_taken_even_when_the_path_is_replaced_meanwhile() {
    let folder = build::folder();
    let path = build::write(&folder.path().join("x.so"), good());
    let opened = library::open(&path, &Trust::default()).unwrap();
    let next = build::write(&folder.path().join("next.so"), &build::renamed("amnesi"));
    fs::rename(next, &path).unwrap();
    assert_eq!(opened.snapshot().unwrap().metadata().manifest.name, "memory");
    assert_eq!(snapshot(&path).metadata().manifest.name, "amnesi");
}

#[test]
fn facts_name_the_file_its_hash_and_its_owner() {
    let folder = build::folder();
    let path = build::write(&folder.path().join("x.so"), good());
    let snapshot = snapshot(&path);
    let metadata = snapshot.metadata();
    assert_eq!(metadata.path, path.canonicalize().unwrap());
    assert_eq!((metadata.size, metadata.mode), (good().len() as u64, 0o644));
    assert_eq!(metadata.manifest.name, "memory");
    let sum = std::process::Command::new("sha256sum").arg(&path).output().unwrap();
    assert!(String::from_utf8(sum.stdout).unwrap().starts_with(&metadata.sha256));
    assert!(!metadata.static_tls && metadata.warnings().is_empty());
}

#[test]
fn static_thread_local_storage_is_warned_of() {
    let folder = build::folder();
    let path = build::write(&folder.path().join("x.so"), &with_static_tls(good()));
    let snapshot = snapshot(&path);
    assert!(snapshot.metadata().static_tls);
    assert!(snapshot.metadata().warnings()[0].contains("local_dynamic_tls"));
}

#[test]
fn a_symbol_that_is_not_there_is_named() {
    let folder = build::folder();
    let error = load(&provider(folder.path(), "x.so", 71)).symbol("missing_symbol").unwrap_err();
    assert!(error.to_string().contains("`missing_symbol`"), "{error}");
}

#[test]
fn the_loader_s_own_reason_is_kept() {
    let folder = build::folder();
    let path = folder.path().join("x.so");
    build::unresolved(&path);
    let error = snapshot(&path).load(&Placement::default()).unwrap_err();
    assert!(matches!(error, LoadError::Loader { .. }), "{error}");
    let reasons: Vec<String> =
        std::iter::successors(Some(&error as &(dyn std::error::Error + 'static)), |error| error.source())
            .map(crate::printed)
            .collect();
    assert!(reasons.len() == 2 && reasons[1].contains("it calls `nobody_has_this"), "{reasons:?}");
}

#[test]
fn a_checked_file_that_is_no_provider_is_not_taken() {
    let folder = build::folder();
    let path = build::write(&folder.path().join("x.so"), b"hello");
    let error = library::open(&path, &Trust::default()).unwrap().snapshot().unwrap_err();
    assert!(
        matches!(&error, SnapshotError::PluginManifest { path: named, .. } if *named == path.canonicalize().unwrap()),
        "{error}"
    );
}

fn provider(folder: &Path, file: &str, number: u32) -> PathBuf {
    let path = folder.join(file);
    build::library(&path, &[build::manifest("memory")], number);
    path
}

fn snapshot(path: &Path) -> Snapshot {
    library::open(path, &Trust::default()).unwrap().snapshot().unwrap()
}

fn load(path: &Path) -> &'static LoadedLibrary {
    snapshot(path).load(&Placement::default()).unwrap()
}

/// Sets `DF_STATIC_TLS` (16) in `DT_FLAGS` (30) of the dynamic section.
fn with_static_tls(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let (offset, size) = segment(&bytes, 2, |header| (word(header, 8), word(header, 32)));
    let entry = (offset..offset + size).step_by(16).find(|at| word(&bytes, *at) == 30).expect("linkers write DT_FLAGS");
    bytes[entry + 8] |= 16;
    bytes
}

fn segment<T>(bytes: &[u8], kind: u8, read: impl FnOnce(&[u8]) -> T) -> T {
    let headers = word(bytes, 32);
    let count = usize::from(u16::from_ne_bytes(bytes[56..58].try_into().unwrap()));
    let at = (0..count).map(|at| headers + at * 56).find(|at| bytes[*at] == kind).unwrap();
    read(&bytes[at..at + 56])
}

fn word(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap())).unwrap()
}
