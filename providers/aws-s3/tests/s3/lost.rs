//! Answers that are lost: what was stored counts as stored, and nothing else does.

use std::{sync::Arc, time::Duration};

use longshore_aws_s3::AwsS3;
use longshore_dev_s3::{Fault, Operation, Server};
use longshore_provider::{Body, Bytes, Call, Error, ErrorKind, Provider, serde_json::json};
use tokio::time::sleep;

use crate::setup::{MIB, at, breaking, chunked, content, count, provider, provider_with, server, until};

/// In three parts.
const LARGE: usize = 11 * MIB;

/// As long as `content` of that length, and different in every byte.
fn other(length: usize) -> Bytes {
    content(length).iter().map(|byte| !byte).collect::<Vec<_>>().into()
}

fn stored(server: &Server, key: &str) -> Bytes {
    server.object("media", key).unwrap().bytes().unwrap()
}

/// A provider that soon gives up.
async fn hasty(server: &Server) -> AwsS3 {
    provider_with(server, json!({ "s3Options": { "maxAttempts": 2 } })).await
}

/// Likewise, and its objects have tags that say nothing of their content.
async fn encrypting(server: &Server) -> AwsS3 {
    let encryption = json!({ "encryption": { "type": "aws:kms" } });
    provider_with(server, json!({ "s3Options": { "maxAttempts": 2 }, "providerConfig": encryption })).await
}

async fn preventing(server: &Server) -> AwsS3 {
    provider_with(server, json!({ "providerConfig": { "preventOverwrite": true } })).await
}

#[tokio::test]
async fn a_file_that_was_there_before_is_not_taken_for_the_new_one() {
    let server = server().await;
    for provider in [hasty(&server).await, encrypting(&server).await] {
        for length in [1000, LARGE] {
            let old = content(length);
            provider.upload(&at("a"), chunked(&old, None), &Call::new()).await.unwrap();
            for fault in [Fault::reset(), Fault::bad_gateway(), Fault::internal_error()] {
                server.faults().inject(fault.on(Operation::CompleteMultipartUpload).on(Operation::PutObject));
                let new = chunked(&other(length), None);
                let error = provider.upload(&at("a"), new, &Call::new()).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
                server.faults().clear();
                assert!(stored(&server, "a") == old);
                until("the abort", || async { server.open_uploads("media").is_empty() }).await;
            }
        }
    }
}

#[tokio::test]
async fn the_same_file_from_before_is_not_taken_for_the_new_one() {
    let server = server().await;
    let provider = hasty(&server).await;
    for (key, length) in [("small", 1000), ("large", LARGE)] {
        provider.upload(&at(key), chunked(&content(length), None), &Call::new()).await.unwrap();
    }
    // Beyond what clocks may differ by.
    sleep(Duration::from_millis(4500)).await;
    server.faults().inject(Fault::reset().on(Operation::CompleteMultipartUpload).on(Operation::PutObject));
    for (key, length) in [("small", 1000), ("large", LARGE)] {
        provider.upload(&at(key), chunked(&content(length), None), &Call::new()).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_file_whose_every_answer_was_lost_is_stored() {
    let server = server().await;
    let lost = Fault::lose_answer().on(Operation::CompleteMultipartUpload).on(Operation::PutObject);
    server.faults().inject(lost);
    let provider = hasty(&server).await;
    for length in [0, 1000, 3 * MIB, LARGE] {
        for bytes in [content(length), other(length)] {
            let uploaded = provider.upload(&at("a"), chunked(&bytes, None), &Call::new()).await.unwrap();
            assert!(stored(&server, "a") == bytes);
            assert_eq!(uploaded.etag.as_deref(), Some(server.object("media", "a").unwrap().etag()));
        }
    }
}

#[tokio::test]
async fn an_encrypted_upload_in_parts_whose_answers_were_lost_is_complete() {
    let server = server().await;
    server.faults().inject(Fault::lose_answer().on(Operation::CompleteMultipartUpload));
    let provider = encrypting(&server).await;
    for bytes in [content(LARGE), other(LARGE)] {
        let uploaded = provider.upload(&at("a"), chunked(&bytes, None), &Call::new()).await.unwrap();
        assert!(stored(&server, "a") == bytes);
        assert_eq!(uploaded.etag.as_deref(), Some(server.object("media", "a").unwrap().etag()));
    }
}

#[tokio::test]
async fn an_upload_whose_id_was_lost_is_aborted() {
    let server = server().await;
    let provider = hasty(&server).await;
    let lost = Fault::lose_answer().on(Operation::CreateMultipartUpload);
    server.faults().inject(lost.clone().times(1));
    provider.upload(&at("a"), chunked(&content(LARGE), None), &Call::new()).await.unwrap();
    assert_eq!(count(&server, Operation::CreateMultipartUpload), 2);
    assert!(server.open_uploads("media").is_empty());
    assert!(stored(&server, "a") == content(LARGE));

    server.faults().inject(lost);
    provider.upload(&at("b"), chunked(&content(LARGE), None), &Call::new()).await.unwrap_err();
    until("the abort", || async { server.open_uploads("media").is_empty() }).await;
    assert_eq!(server.keys("media"), ["a"]);
}

#[tokio::test]
async fn open_uploads_of_a_key_are_aborted_without_the_file() {
    let server = server().await;
    let leaving = json!({ "providerConfig": { "multipart": { "leavePartsOnError": true } } });
    let provider = provider_with(&server, leaving).await;
    for key in ["a", "a/b", "ab"] {
        provider.upload(&at(key), Body::from("old"), &Call::new()).await.unwrap();
        let broken = breaking(&content(LARGE), Error::new(ErrorKind::BrokenBody, "gone"));
        provider.replace(&at(key), &at(key), broken, &Call::new()).await.unwrap_err();
    }
    assert_eq!(server.open_uploads("media").len(), 3);
    provider.abort_uploads(&at("a"), &Call::new()).await.unwrap();
    assert_eq!(server.open_uploads("media").len(), 2);
    assert_eq!(stored(&server, "a"), "old");
    provider.abort_uploads(&at("missing"), &Call::new()).await.unwrap();
}

#[tokio::test]
async fn a_file_that_meets_itself_when_it_is_sent_again_is_stored() {
    let server = server().await;
    let provider = preventing(&server).await;
    for (key, length) in [("small", 1000), ("large", LARGE)] {
        let lost = Fault::lose_answer().on(Operation::CompleteMultipartUpload).on(Operation::PutObject);
        server.faults().inject(lost.times(1));
        provider.upload(&at(key), chunked(&content(length), None), &Call::new()).await.unwrap();
        assert!(stored(&server, key) == content(length));
        server.faults().inject(Fault::lose_answer().on(Operation::PutObject).times(1));
        let again = chunked(&other(length), None);
        let error = provider.upload(&at(key), again, &Call::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error:?}");
        server.faults().clear();
        assert!(stored(&server, key) == content(length));
    }
}

#[tokio::test]
async fn a_refused_write_is_not_looked_up() {
    let server = server().await;
    let full = Fault::error(507, "XMinioStorageFull", "full");
    for (fault, requests) in [(Fault::access_denied(), 1), (full, 1), (Fault::slow_down(), 3)] {
        // A new one makes no first attempt without the SDK.
        let provider = provider(&server).await;
        server.clear_journal();
        server.faults().inject(fault.on(Operation::PutObject));
        provider.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap_err();
        assert_eq!((count(&server, Operation::PutObject), count(&server, Operation::HeadObject)), (requests, 0));
        server.faults().clear();
    }
}

#[tokio::test]
async fn a_later_error_does_not_hide_an_unknown_outcome() {
    let server = server().await;
    let provider = provider(&server).await;
    provider.upload(&at("old"), Body::from("old"), &Call::new()).await.unwrap();
    for later in [Fault::slow_down(), Fault::access_denied()] {
        for operation in [Operation::DeleteObject, Operation::PutObject] {
            // The first attempt ends before it is carried out, but the provider cannot know that.
            server.faults().inject(Fault::reset().on(operation).times(1));
            server.faults().inject(later.clone().on(operation));
            let error = match operation {
                Operation::DeleteObject => provider.delete(&at("old"), &Call::new()).await.unwrap_err(),
                _ => provider.upload(&at("new"), Body::from("new"), &Call::new()).await.map(|_| ()).unwrap_err(),
            };
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{operation}: {error:?}");
            server.faults().clear();
        }
    }
}

/// Starts an upload of a small file, and gives it up when the file is stored, before the answer.
async fn give_up(server: &Server, provider: AwsS3) {
    server.faults().inject(Fault::withhold_answer().on(Operation::PutObject));
    let provider = Arc::new(provider);
    let task = tokio::spawn({
        let provider = provider.clone();
        async move { provider.upload(&at("a"), Body::from("new"), &Call::new()).await }
    });
    until("storing", || async { server.object("media", "a").is_some_and(|object| object.bytes().unwrap() == "new") })
        .await;
    task.abort();
    task.await.unwrap_err();
    server.faults().clear();
}

#[tokio::test]
async fn a_new_file_of_a_dropped_upload_is_removed() {
    let server = server().await;
    let provider = preventing(&server).await;
    give_up(&server, provider).await;
    until("removing it", || async { server.keys("media").is_empty() }).await;
}

#[tokio::test]
async fn an_overwritten_file_of_a_dropped_upload_stays() {
    let server = server().await;
    let provider = provider(&server).await;
    provider.upload(&at("a"), Body::from("old"), &Call::new()).await.unwrap();
    give_up(&server, provider).await;
    sleep(Duration::from_millis(1500)).await;
    assert_eq!(stored(&server, "a"), "new");
    assert_eq!(count(&server, Operation::DeleteObject), 0);
}

#[tokio::test]
async fn a_replacement_whose_old_file_is_gone_is_done() {
    let server = server().await;
    let provider = provider(&server).await;
    provider.upload(&at("old"), Body::from("old"), &Call::new()).await.unwrap();
    server.faults().inject(Fault::lose_answer().on(Operation::DeleteObject));
    provider.replace(&at("new"), &at("old"), Body::from("new"), &Call::new()).await.unwrap();
    assert_eq!(server.keys("media"), ["new"]);
}

#[tokio::test]
async fn a_replacement_of_which_nothing_is_known_keeps_the_new_file() {
    let server = server().await;
    let provider = provider(&server).await;
    provider.upload(&at("old"), Body::from("old"), &Call::new()).await.unwrap();
    server.faults().inject(Fault::lose_answer().on(Operation::DeleteObject).key("old"));
    server.faults().inject(Fault::access_denied().on(Operation::HeadObject).key("old"));
    provider.replace(&at("new"), &at("old"), Body::from("new"), &Call::new()).await.unwrap_err();
    sleep(Duration::from_millis(300)).await;
    assert_eq!(server.keys("media"), ["new"]);
}

#[tokio::test]
async fn a_dropped_replacement_never_loses_both_files() {
    for (fault, operation) in
        [(Fault::withhold_answer().times(1), Operation::DeleteObject), (Fault::hang(), Operation::ListMultipartUploads)]
    {
        let server = server().await;
        let provider = Arc::new(provider_with(&server, json!({ "s3Options": { "requestTimeout": 500 } })).await);
        provider.upload(&at("old"), Body::from("old"), &Call::new()).await.unwrap();
        server.faults().inject(fault.on(operation));
        let task = tokio::spawn({
            let provider = provider.clone();
            async move { provider.replace(&at("new"), &at("old"), Body::from("new"), &Call::new()).await }
        });
        until("the request", || async { count(&server, operation) == 1 }).await;
        until("removing the old file", || async { server.keys("media") == ["new"] }).await;
        task.abort();
        task.await.unwrap_err();
        sleep(Duration::from_millis(1500)).await;
        assert_eq!(server.keys("media"), ["new"], "{operation}");
    }
}
