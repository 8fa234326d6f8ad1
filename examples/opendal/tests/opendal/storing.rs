//! Uploads store the whole file or nothing.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use longshore_provider::{
    Body, Bytes, Call, Error, ErrorKind, File, Provider, Result,
    futures::{StreamExt, stream},
    serde_json::json,
};

use crate::provider;

const MIB: usize = 1024 * 1024;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

async fn until_empty(folder: &Path) {
    for _ in 0..1000 {
        if files(folder).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("files remain: {:?}", files(folder));
}

/// A body of ten chunks of 3 MiB, more than a part, followed by `end`.
fn large_body(end: impl longshore_provider::futures::Stream<Item = Result<Bytes>> + Send + 'static) -> Body {
    let chunks = stream::iter((0..10).map(|number| Ok(Bytes::from(vec![number; 3 * MIB]))));
    Body::from_stream(chunks.chain(end), None)
}

#[tokio::test]
async fn a_file_of_several_parts_is_stored_without_temporary_files() {
    let project = tempfile::tempdir().unwrap();
    let options = json!({ "service": "fs", "options": { "root": "files" }, "partSize": 4 * MIB });
    let provider = provider(project.path(), options).await.unwrap();
    let uploaded = provider.upload(&File::at("a/b.bin"), large_body(stream::empty()), &Call::new()).await.unwrap();
    assert_eq!((uploaded.key.as_str(), uploaded.size), ("a/b.bin", Some(30 * MIB as u64)));
    assert_eq!(files(project.path()), [project.path().join("files/a/b.bin")]);
    let stored = std::fs::read(project.path().join("files/a/b.bin")).unwrap();
    assert!(
        stored.chunks(3 * MIB).enumerate().all(|(number, chunk)| chunk.iter().all(|byte| usize::from(*byte) == number))
    );
}

#[tokio::test]
async fn an_upload_whose_body_breaks_off_leaves_no_file() {
    let project = tempfile::tempdir().unwrap();
    let options = json!({ "service": "fs", "options": { "root": "files" } });
    let provider = provider(project.path(), options).await.unwrap();
    let broken = stream::iter([Err(Error::new(ErrorKind::BrokenBody, "broken"))]);
    let error = provider.upload(&File::at("a.bin"), large_body(broken), &Call::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::BrokenBody, "broken"));
    until_empty(project.path()).await;
}

#[tokio::test]
async fn a_dropped_upload_leaves_no_file() {
    let project = tempfile::tempdir().unwrap();
    let options = json!({ "service": "fs", "options": { "root": "files" } });
    let provider = provider(project.path(), options).await.unwrap();
    let (file, call) = (File::at("a.bin"), Call::new());
    let upload = provider.upload(&file, large_body(stream::pending()), &call);
    assert!(tokio::time::timeout(Duration::from_millis(300), upload).await.is_err(), "the body never ends");
    until_empty(project.path()).await;
}

#[tokio::test]
async fn max_bytes_limits_uploads_in_one_piece() {
    let options = json!({ "service": "memory", "maxBytes": 100 });
    let provider = provider(Path::new("/"), options).await.unwrap();
    let chunks = || stream::iter([Ok(Bytes::from(vec![0; 60])), Ok(Bytes::from(vec![0; 60]))]);
    for size in [Some(120), None] {
        let body = Body::from_stream(chunks(), size);
        let error = provider.upload(&File::at("a.bin"), body, &Call::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(error.message().contains("providerOptions.maxBytes allows 100 bytes"), "{error}");
    }
    provider.upload(&File::at("a.bin"), vec![0; 100].into(), &Call::new()).await.unwrap();
}

#[tokio::test]
async fn keys_that_opendal_would_change_are_refused() {
    let provider = provider(Path::new("/"), json!({ "service": "memory" })).await.unwrap();
    for key in [" a", "a ", ".longshore-tmp/a", "a/../b", "a//b"] {
        let error = provider.upload(&File::at(key), "x".into(), &Call::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{key:?}");
    }
}

#[tokio::test]
async fn a_folder_is_neither_read_deleted_nor_overwritten_as_a_file() {
    let project = tempfile::tempdir().unwrap();
    let options = json!({ "service": "fs", "options": { "root": "files" } });
    let provider = provider(project.path(), options).await.unwrap();
    provider.upload(&File::at("a/b"), "x".into(), &Call::new()).await.unwrap();
    for key in ["a", "a/b/c"] {
        let error = provider.head(&File::at(key), &Call::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{key}: {error:?}");
        provider.delete(&File::at(key), &Call::new()).await.unwrap();
    }
    let error = provider.upload(&File::at("a"), "x".into(), &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    assert_eq!(files(project.path()), [project.path().join("files/a/b")]);
}

#[tokio::test]
async fn the_error_of_an_unreachable_service_is_retryable() {
    // The listener is dropped, so the port refuses connections.
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let options = json!({ "service": "webdav", "options": { "endpoint": format!("http://{closed}") } });
    let provider = provider(Path::new("/"), options).await.unwrap();
    let error = provider.head(&File::at("a"), &Call::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, true), "{error:?}");
}
