//! Keys that are unusual, and keys that a folder cannot hold.

use std::fs;

use longshore_provider::{Call, ErrorKind, File, ListRequest};

use crate::fixture::{Project, get, put};

const ODD: [&str; 12] = [
    "space in it",
    "plus+percent%25&query?#fragment",
    "日本語/ファイル.png",
    "e\u{301}-decomposed",
    "back\\slash",
    "-leading-dash",
    ".hidden",
    "...",
    "a/..b/c..",
    "quote'\"`$(x)",
    "*",
    "~",
];

#[tokio::test]
async fn odd_keys_are_stored_found_and_deleted_verbatim() {
    let project = Project::new();
    let local = project.open().await;
    for key in ODD {
        let uploaded = put(&local, key, key).await.unwrap();
        assert_eq!(uploaded.key, key);
        // A server of files reads the key out of the URL.
        let path = uploaded.url.strip_prefix("/uploads/").unwrap();
        assert_eq!(percent_encoding::percent_decode_str(path).decode_utf8().unwrap(), key);
        assert_eq!(get(&local, key).await.unwrap(), key);
    }
    let listed = local.list(&ListRequest::default(), &Call::new()).await.unwrap();
    let mut keys: Vec<_> = listed.objects.into_iter().map(|object| object.key).collect();
    assert!(keys.is_sorted());
    let mut odd = ODD.to_vec();
    odd.sort_unstable();
    keys.sort();
    assert_eq!(keys, odd);
    for key in ODD {
        local.delete(&File::at(key), &Call::new()).await.unwrap();
    }
    assert!(project.files().is_empty());
}

#[tokio::test]
async fn keys_that_are_no_names_are_refused() {
    let project = Project::new();
    fs::write(project.outside("public/secret"), "secret").unwrap();
    let local = project.open().await;
    let long = "x".repeat(300);
    for key in ["", ".", "..", "../secret", "a/../../secret", "/etc/passwd", "a//b", "a/", "a\0b", "a\nb", &long] {
        assert_eq!(put(&local, key, "x").await.unwrap_err().kind(), ErrorKind::InvalidInput, "{key:?}");
        assert_eq!(get(&local, key).await.unwrap_err().kind(), ErrorKind::InvalidInput, "{key:?}");
        // Whoever keeps a table wants to know before it has a row.
        let checked = local.check_file_size(&File::at(key), u64::MAX).await;
        assert_eq!(checked.unwrap_err().kind(), ErrorKind::InvalidInput, "{key:?}");
    }
    assert!(project.files().is_empty());
}

#[tokio::test]
async fn a_key_below_a_file_and_a_key_that_is_a_folder_are_refused_clearly() {
    let project = Project::new();
    let local = project.open().await;
    put(&local, "a", "file").await.unwrap();
    let error = put(&local, "a/b", "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.message(), "`a/b` cannot be stored: `a` is a file, and so no folder");
    assert_eq!(get(&local, "a/b").await.unwrap_err().kind(), ErrorKind::NotFound);

    put(&local, "c/d", "file").await.unwrap();
    let error = put(&local, "c", "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("it is a folder"), "{error}");
    assert_eq!(get(&local, "c").await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(project.files(), ["a", "c/d"]);
}

#[tokio::test]
async fn temporary_files_have_no_keys() {
    let project = Project::new();
    let local = project.open().await;
    put(&local, "x", "x").await.unwrap();
    fs::write(project.file(".longshore-tmp/half"), "half").unwrap();
    assert_eq!(get(&local, ".longshore-tmp/half").await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let listed = local.list(&ListRequest::default(), &Call::new()).await.unwrap();
    assert_eq!(listed.objects.len(), 1);
    let listed = local.list(&ListRequest::prefix(".longshore-tmp/"), &Call::new()).await.unwrap();
    assert_eq!(listed.objects.len(), 0);
}
