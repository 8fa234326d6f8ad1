//! A disk that is full: a small file system of our own, in a namespace of our own.

use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use longshore_provider::{Call, ErrorKind, File, serde_json::json};

use crate::fixture::{chunks, get, open, put};

/// Names the mounted folder to the test that works in it.
const MOUNTED: &str = "LONGSHORE_TEST_FULL_DISK";

#[test]
fn a_full_disk_fails_the_upload_and_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    if !within_small_disk(place.path(), "true").status().is_ok_and(|status| status.success()) {
        // Past libtest's capture, so that it is seen. The error of a full disk is also tested beside the
        // source, where no rights are needed.
        let _ = writeln!(std::io::stderr(), "SKIPPED: this system allows no mounts in a user namespace");
        return;
    }
    let status = within_small_disk(place.path(), "exec \"$0\" --exact --ignored full_disk::on_the_small_disk")
        .arg(env::current_exe().unwrap())
        .env(MOUNTED, place.path())
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
}

#[tokio::test]
#[ignore = "runs within a_full_disk_fails_the_upload_and_leaves_nothing"]
async fn on_the_small_disk() {
    let place = PathBuf::from(env::var_os(MOUNTED).expect("the other test says where the disk is"));
    let local = open(place.clone(), json!({ "directory": "." }), json!({})).await.unwrap();
    put(&local, "x", "old").await.unwrap();
    let error = local.upload(&File::at("x"), chunks(8, async { None }), &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert!(error.message().contains(place.to_str().unwrap()), "{error}");
    assert_eq!(get(&local, "x").await.unwrap(), "old");
    assert_eq!(std::fs::read_dir(place.join(".longshore-tmp")).unwrap().count(), 0);
    put(&local, "y", "fits").await.unwrap();
}

/// Runs `command` in a shell with 4 MiB mounted at `place`, for that shell alone.
fn within_small_disk(place: &Path, command: &str) -> Command {
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--mount", "sh", "-c"]);
    let place = place.display();
    unshare.arg(format!("mount -t tmpfs -o size=4m none '{place}' && {command}"));
    unshare
}
