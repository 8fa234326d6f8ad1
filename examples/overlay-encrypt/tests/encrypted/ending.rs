//! Calls and bodies that end early.

use std::time::Duration;

use longshore_provider::{Body, Bytes, Call, File, Result, futures::stream};
use tokio::time::timeout;

use crate::project::{Project, SEGMENT, content, empty, get, put, server, until};

/// Some segments, and then nothing more, for ever.
fn stalling() -> Body {
    let begun = stream::iter([Result::Ok(content(5 * SEGMENT + 10))]);
    let body = longshore_provider::futures::StreamExt::chain(begun, stream::pending::<Result<Bytes>>());
    Body::from_stream(body, None)
}

#[tokio::test]
async fn an_upload_that_is_dropped_leaves_nothing_in_a_folder() {
    let project = Project::local();
    let provider = project.open().await;
    let (file, call) = (File::at("a.bin"), Call::new());
    let dropped = timeout(Duration::from_millis(200), provider.upload(&file, stalling(), &call)).await;
    assert!(dropped.is_err(), "the body never ends");
    empty(&project).await;
}

#[tokio::test]
async fn an_upload_that_is_dropped_leaves_nothing_on_s3() {
    let server = server().await;
    let provider = Project::s3(&server).open().await;
    let (file, call) = (File::at("a.bin"), Call::new());
    let dropped = timeout(Duration::from_millis(500), provider.upload(&file, stalling(), &call)).await;
    assert!(dropped.is_err(), "the body never ends");
    until(|| server.keys("media").is_empty() && server.open_uploads("media").is_empty()).await;
}

#[tokio::test]
async fn an_upload_ends_at_its_deadline() {
    let project = Project::local();
    let provider = project.open().await;
    let call = Call::new().with_timeout(Duration::from_millis(200));
    let error = provider.upload(&File::at("a.bin"), stalling(), &call).await.unwrap_err();
    assert_eq!(error.kind(), longshore_provider::ErrorKind::Timeout);
    empty(&project).await;
}

#[tokio::test]
async fn a_reader_that_goes_away_harms_no_other() {
    let project = Project::local();
    let provider = project.open().await;
    let bytes = content(30 * SEGMENT);
    put(&provider, "a.bin", &bytes).await;
    let mut opened = provider.open(&File::at("a.bin"), None, &Call::new()).await.unwrap();
    assert!(opened.body.next().await.unwrap().is_ok());
    drop(opened);
    assert_eq!(get(&provider, "a.bin", None).await.unwrap().0, bytes);
}
