//! Uploads, replacements and deletions that go well.

use std::{fs, os::unix::fs::PermissionsExt};

use longshore_provider::{Body, Bytes, Call, ErrorKind, File, futures::future::join_all, serde_json::json};

use crate::fixture::{Project, body, get, no_overwrite, put};

#[tokio::test]
async fn a_file_is_named_after_its_hash_and_extension() {
    let project = Project::new();
    let local = project.open().await;
    let uploaded = local.upload(&File::named("test", ".json"), body("content"), &Call::new()).await.unwrap();
    assert_eq!((uploaded.key.as_str(), uploaded.url.as_str()), ("test.json", "/uploads/test.json"));
    assert_eq!(uploaded.size, Some(7));
    assert_eq!(fs::read_to_string(project.file("test.json")).unwrap(), "content");
    assert_eq!(project.files(), ["test.json"]);
}

#[tokio::test]
async fn replacing_under_the_same_name_changes_the_content_and_not_the_url() {
    let project = Project::new();
    let local = project.open().await;
    let file = File::named("test", ".json");
    let old = local.upload(&file, body("old"), &Call::new()).await.unwrap();
    let new = local.replace(&file, &File::stored(&old.key), body("new content"), &no_overwrite()).await.unwrap();
    assert_eq!(new.url, "/uploads/test.json");
    assert_ne!(new.etag, old.etag);
    assert_eq!(fs::read_to_string(project.file("test.json")).unwrap(), "new content");
    assert_eq!(project.files(), ["test.json"]);
}

#[tokio::test]
async fn replacing_under_another_name_removes_the_old_file() {
    let project = Project::new();
    let local = project.open().await;
    let old = File::named("test", ".json");
    local.upload(&old, body("old"), &Call::new()).await.unwrap();
    let new = File::named("new_hash", ".json");
    let uploaded = local.replace(&new, &old, body("new"), &Call::new()).await.unwrap();
    assert_eq!(uploaded.url, "/uploads/new_hash.json");
    assert_eq!(project.files(), ["new_hash.json"]);
}

#[tokio::test]
async fn folders_come_with_the_first_file_and_go_with_the_last() {
    let project = Project::new();
    let local = project.open_with(json!({ "rootPath": "/library/" }), json!({})).await.unwrap();
    put(&local, "a/b/one", "1").await.unwrap();
    put(&local, "a/two", "2").await.unwrap();
    assert_eq!(project.files(), ["library/a/b/one", "library/a/two"]);
    local.delete(&File::at("a/b/one"), &Call::new()).await.unwrap();
    assert!(!project.file("library/a/b").exists());
    local.delete(&File::stored("library/a/two"), &Call::new()).await.unwrap();
    assert!(!project.file("library").exists());
}

#[tokio::test]
async fn deleting_what_is_not_there_is_no_error() {
    let project = Project::new();
    let local = project.open().await;
    put(&local, "a/b", "x").await.unwrap();
    for key in ["missing", "missing/too", "a", "a/b/c"] {
        local.delete(&File::at(key), &Call::new()).await.unwrap();
    }
    assert_eq!(project.files(), ["a/b"]);
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let project = Project::new();
    let local = project.open().await;
    let uploaded = local.upload(&File::at("empty"), Body::empty(), &Call::new()).await.unwrap();
    assert_eq!(uploaded.size, Some(0));
    assert_eq!(get(&local, "empty").await.unwrap(), "");
}

#[tokio::test]
async fn a_file_that_must_not_be_overwritten_stays() {
    let project = Project::new();
    let local = project.open().await;
    local.upload(&File::at("a/x"), body("first"), &no_overwrite()).await.unwrap();
    let error = local.upload(&File::at("a/x"), body("second"), &no_overwrite()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(get(&local, "a/x").await.unwrap(), "first");
    assert_eq!(project.files(), ["a/x"]);
}

#[tokio::test]
async fn of_many_uploads_that_must_not_overwrite_one_wins() {
    let project = Project::new();
    let local = project.open().await;
    let call = no_overwrite();
    let file = File::at("x");
    let uploads = join_all((0..16).map(|n| local.upload(&file, body(&n.to_string()), &call))).await;
    assert_eq!(uploads.iter().filter(|upload| upload.is_ok()).count(), 1);
    let winner = uploads.iter().position(Result::is_ok).unwrap();
    assert_eq!(get(&local, "x").await.unwrap(), winner.to_string());
    assert_eq!(project.files(), ["x"]);
}

#[tokio::test]
async fn of_many_uploads_of_one_key_one_wins_whole_and_readers_see_no_mixture() {
    let project = Project::new();
    let local = project.open().await;
    let version = |n: u8| Bytes::from(vec![n; 700_000 + usize::from(n)]);
    local.upload(&File::at("x"), Body::from(version(0)), &Call::new()).await.unwrap();
    let is_whole = |bytes: &Bytes| *bytes == version(bytes[0]);
    let (file, call) = (File::at("x"), Call::new());
    let uploads = join_all((1..=12).map(|n| local.upload(&file, Body::from(version(n)), &call)));
    let reads = async {
        for _ in 0..40 {
            assert!(is_whole(&get(&local, "x").await.unwrap()));
        }
    };
    let (uploads, ()) = longshore_provider::futures::future::join(uploads, reads).await;
    assert!(uploads.iter().all(Result::is_ok));
    assert!(is_whole(&get(&local, "x").await.unwrap()));
    assert_eq!(project.files(), ["x"]);
}

#[tokio::test]
async fn uploads_and_deletions_in_one_folder_do_not_disturb_each_other() {
    let project = Project::new();
    let local = project.open().await;
    let rounds = |name: &'static str| {
        let local = local.clone();
        async move {
            for _ in 0..60 {
                put(&local, name, "x").await.unwrap();
                local.delete(&File::at(name), &Call::new()).await.unwrap();
            }
        }
    };
    join_all(["deep/down/a", "deep/down/b", "deep/c", "deep/down/d"].map(rounds)).await;
    assert!(project.files().is_empty());
    assert!(!project.file("deep").exists());
}

#[tokio::test]
async fn stored_files_have_the_usual_mode_and_temporary_ones_are_out_of_reach() {
    let project = Project::new();
    let local = project.open().await;
    put(&local, "x", "x").await.unwrap();
    fs::write(project.outside("usual"), "x").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(project.file("x")), mode(project.outside("usual")));
    assert_eq!(mode(project.file(".longshore-tmp")), 0o700);
}

#[tokio::test]
async fn a_private_upload_is_refused() {
    let project = Project::new();
    let local = project.open().await;
    let call = Call::new().with_private(true);
    let error = local.upload(&File::at("x"), body("secret"), &call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let error = local.replace(&File::at("x"), &File::at("y"), body("secret"), &call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(project.files().is_empty());
}
