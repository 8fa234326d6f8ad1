//! Uploads that end badly leave nothing behind.

use std::{future::pending, time::Duration};

use longshore_provider::{Body, Bytes, Call, Error, ErrorKind, File, futures::stream, tokio::sync::oneshot};

use crate::fixture::{Project, chunks, get, put};

#[tokio::test]
async fn a_cancelled_upload_leaves_nothing() {
    let project = Project::new();
    let local = project.open().await;
    put(&local, "x", "old").await.unwrap();
    let (reached, arrived) = oneshot::channel();
    let stalled = async move {
        reached.send(()).unwrap();
        pending().await
    };
    let upload = tokio::spawn({
        let local = local.clone();
        async move { local.upload(&File::at("x"), chunks(4, stalled), &Call::new()).await }
    });
    arrived.await.unwrap();
    assert_eq!(project.files().len(), 2, "the old file and a temporary one");
    upload.abort();
    local.shutdown(Duration::from_mins(1)).await.unwrap();
    project.comes_to(&["x"]).await;
    let later = project.open().await;
    assert_eq!(get(&later, "x").await.unwrap(), "old");
}

#[tokio::test]
async fn a_body_that_breaks_off_fails_the_upload_and_leaves_nothing() {
    let project = Project::new();
    let local = project.open().await;
    let broken = async { Some(Err(Error::new(ErrorKind::BrokenBody, "cut"))) };
    let error = local.upload(&File::at("a/x"), chunks(2, broken), &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenBody);
    assert!(project.files().is_empty());
    assert!(!project.file("a").exists());
}

#[tokio::test]
async fn a_body_of_another_size_than_announced_leaves_nothing() {
    let project = Project::new();
    let local = project.open().await;
    for announced in [2, 4] {
        let chunk = stream::iter([Ok(Bytes::from_static(b"abc"))]);
        let body = Body::from_stream(chunk, Some(announced));
        let error = local.upload(&File::at("x"), body, &Call::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenBody);
        assert!(project.files().is_empty());
    }
}

#[tokio::test]
async fn a_body_that_panics_leaves_nothing() {
    let project = Project::new();
    let local = project.open().await;
    let error = local.upload(&File::at("x"), chunks(2, async { panic!("boom") }), &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert!(project.files().is_empty());
    put(&local, "x", "still works").await.unwrap();
}

#[tokio::test]
async fn an_upload_out_of_time_leaves_nothing() {
    let project = Project::new();
    let local = project.open().await;
    let call = Call::new().with_timeout(Duration::from_millis(200));
    let error = local.upload(&File::at("x"), chunks(1, pending()), &call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(project.files().is_empty());
}
