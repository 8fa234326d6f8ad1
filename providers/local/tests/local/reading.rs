//! Reading files, and what is known of them.

use std::{
    fs,
    process::Command,
    time::{Duration, SystemTime},
};

use longshore_provider::{Body, ByteRange, Bytes, Call, ErrorKind, File};

use crate::fixture::{Project, get, put};

#[tokio::test]
async fn a_range_is_read_exactly() {
    let project = Project::new();
    let local = project.open().await;
    let content: Bytes = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect::<Vec<_>>().into();
    local.upload(&File::at("x"), Body::from(content.clone()), &Call::new()).await.unwrap();
    let ranges = [
        (0, None, 0..3_000_000),
        (2_999_999, None, 2_999_999..3_000_000),
        (1_000, Some(2_000_000), 1_000..2_001_000),
        (5, Some(0), 5..5),
        (10, Some(u64::MAX), 10..3_000_000),
    ];
    for (start, length, expected) in ranges {
        let range = Some(ByteRange { start, length });
        let opened = local.open(&File::at("x"), range, &Call::new()).await.unwrap();
        assert_eq!(opened.meta.size, 3_000_000);
        assert_eq!(opened.body.size(), Some(expected.len() as u64));
        assert_eq!(opened.body.into_bytes(usize::MAX).await.unwrap(), content[expected]);
    }
    let range = Some(ByteRange { start: 3_000_000, length: None });
    let error = local.open(&File::at("x"), range, &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn head_returns_the_metadata_of_a_file() {
    let project = Project::new();
    let local = project.open().await;
    let uploaded = put(&local, "photos/cat.png", "not really").await.unwrap();
    let meta = local.head(&File::stored("photos/cat.png"), &Call::new()).await.unwrap();
    assert_eq!((meta.key.as_str(), meta.size), ("photos/cat.png", 10));
    assert_eq!(meta.content_type, None, "the folder stores no types");
    assert_eq!(meta.etag, uploaded.etag);
    let age = SystemTime::now().duration_since(meta.last_modified.unwrap()).unwrap_or_default();
    assert!(age < Duration::from_hours(1));
}

#[tokio::test]
async fn a_missing_file_is_not_found() {
    let project = Project::new();
    let local = project.open().await;
    assert_eq!(get(&local, "missing").await.unwrap_err().kind(), ErrorKind::NotFound);
    let error = local.head(&File::at("missing/too"), &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_reader_goes_on_with_the_version_that_it_opened() {
    let project = Project::new();
    let local = project.open().await;
    put(&local, "x", "first version").await.unwrap();
    let opened = local.open(&File::at("x"), None, &Call::new()).await.unwrap();
    put(&local, "x", "second").await.unwrap();
    assert_eq!(opened.body.into_bytes(100).await.unwrap(), "first version");
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_read_breaks_the_body() {
    let project = Project::new();
    let local = project.open().await;
    put(&local, "x", "0123456789").await.unwrap();
    let opened = local.open(&File::at("x"), None, &Call::new()).await.unwrap();
    fs::File::options().write(true).open(project.file("x")).unwrap().set_len(4).unwrap();
    let error = opened.body.into_bytes(100).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenBody);
}

#[tokio::test]
async fn a_named_pipe_is_no_file_and_nobody_waits_for_it() {
    let project = Project::new();
    let local = project.open().await;
    assert!(Command::new("mkfifo").arg(project.file("pipe")).status().unwrap().success());
    assert_eq!(get(&local, "pipe").await.unwrap_err().kind(), ErrorKind::NotFound);
}
