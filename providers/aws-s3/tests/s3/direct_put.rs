//! From the second small file on, first attempts are direct PUTs: callers and services see no difference.

use std::sync::Arc;

use longshore_aws_s3::AwsS3;
use longshore_dev_s3::{DevS3, Fault, Operation, Request, Server};
use longshore_provider::{
    Body, Call, ErrorKind, Provider,
    serde_json::{Value, json},
};

use crate::setup::{MIB, at, chunked, content, count, empty, provider_with, server, until};

/// A provider that has stored a file already, and the journal of whose server is empty.
async fn warm(server: &Server, changes: Value) -> AwsS3 {
    let provider = Box::pin(provider_with(server, changes)).await;
    let first = at("first");
    provider.upload(&first, Body::from("x"), &Call::new()).await.unwrap();
    provider.delete(&first, &Call::new()).await.unwrap();
    server.clear_journal();
    provider
}

/// Whether each upload was a direct PUT.
fn direct(server: &Server) -> Vec<bool> {
    let uploads = server.journal().into_iter().filter(|request| request.operation == Some(Operation::PutObject));
    uploads.map(|request| request.header("user-agent").unwrap().starts_with("longshore-aws-s3/")).collect()
}

#[tokio::test]
async fn the_first_file_goes_by_the_sdk_and_the_next_ones_past_it() {
    let server = server().await;
    let provider = provider_with(&server, json!({})).await;
    let mut tags = Vec::new();
    for length in [10, 0, 10, 3 * MIB] {
        let uploaded = provider.upload(&at("a b"), chunked(&content(length), None), &Call::new()).await.unwrap();
        assert_eq!(uploaded.etag.as_deref(), Some(server.object("media", "a b").unwrap().etag()));
        assert_eq!(server.object("media", "a b").unwrap().bytes().unwrap(), content(length));
        tags.push(uploaded.etag);
    }
    assert_eq!(direct(&server), [false, true, true, true]);
    assert_eq!(tags[0], tags[2], "the form of a tag is the same");
}

/// The headers of a request, without signature, time, user agent and attempt.
fn said(request: &Request) -> Vec<(String, String)> {
    let own = ["authorization", "user-agent", "x-amz-user-agent", "x-amz-date"];
    let mut said = request.headers.clone();
    said.retain(|(name, _)| !own.contains(&name.as_str()) && !name.starts_with("amz-sdk-"));
    said.sort();
    said
}

#[tokio::test]
async fn requests_are_those_of_the_sdk() {
    let server = server().await;
    let everything = json!({
        "ACL": "private",
        "CacheControl": "max-age=60",
        "ContentDisposition": "attachment; filename=\"a b.txt\"",
        "ContentEncoding": "gzip",
        "ContentLanguage": "de, en",
        "ContentType": "text/plain; charset=utf-8",
        "Expires": "2030-01-02T03:04:05Z",
        "Metadata": { "who": "me, you", "X-Long_Name": "1" },
        "StorageClass": "STANDARD_IA",
        "Tagging": "a=b%20c&d=",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:aws:kms:eu-west-1:1:key/2",
        "RequestPayer": "requester",
        "ExpectedBucketOwner": "123456789012",
        "IfNoneMatch": "*",
    });
    let algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA256"].map(|name| json!({ "ChecksumAlgorithm": name }));
    let supported = json!({ "s3Options": { "requestChecksumCalculation": "WHEN_SUPPORTED" } });
    let configured = json!({ "providerConfig": {
        "checksumAlgorithm": "CRC32C",
        "preventOverwrite": true,
        "storageClass": "STANDARD_IA",
        "encryption": { "type": "aws:kms", "kmsKeyId": "arn:aws:kms:eu-west-1:1:key/2" },
        "tags": { "a": "b c", "d": "" },
    } });
    let no_acl = json!({ "s3Options": { "params": { "ACL": "none" } } });
    let mut cases = vec![(json!({}), everything), (supported, json!({})), (json!({}), json!({}))];
    cases.extend([(configured, json!({})), (no_acl, json!({}))]);
    cases.extend(algorithms.map(|algorithm| (json!({}), algorithm)));
    for (options, action_options) in cases {
        let call = Call::new().with_action_options(action_options.as_object().unwrap().clone());
        for length in [0, 10, MIB] {
            let key = "dir/ä b+c%25?&=#~'(*)!.png";
            let mut sent = Vec::new();
            // By the SDK, then past it.
            let provider = provider_with(&server, options.clone()).await;
            for _ in 0..2 {
                server.clear_journal();
                provider.upload(&at(key), chunked(&content(length), None), &call).await.unwrap();
                sent.append(&mut server.journal());
                provider.delete(&at(key), &Call::new()).await.unwrap();
            }
            let [theirs, ours] = sent.as_slice() else { panic!("{action_options}: {sent:?}") };
            assert_eq!(said(ours), said(theirs), "{options} {action_options}");
            assert_eq!(ours.path, theirs.path);
            assert_eq!(ours.status, Some(200));
            assert!(ours.header("user-agent").unwrap().starts_with("longshore-aws-s3/"), "{ours:?}");
        }
    }
}

#[tokio::test]
async fn every_attempt_is_the_sdks_if_the_direct_put_is_turned_off() {
    let server = server().await;
    let provider = warm(&server, json!({ "providerConfig": { "directPut": false } })).await;
    provider.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap();
    assert_eq!(direct(&server), [false]);
}

#[tokio::test]
async fn values_that_services_read_in_several_ways_are_left_to_the_sdk() {
    let server = server().await;
    for value in ["two  spaces", "tab\tin it", "grün"] {
        let provider = warm(&server, json!({})).await;
        let options = json!({ "Metadata": { "odd": value } });
        let call = Call::new().with_action_options(options.as_object().unwrap().clone());
        // Whether the SDK can send it is not the question here.
        let _ = provider.upload(&at("a"), Body::from("x"), &call).await;
        assert!(!direct(&server).contains(&true), "{value:?}");
    }
}

#[tokio::test]
async fn attempts_are_not_more_than_those_of_the_sdk() {
    let server = server().await;
    for attempts in [1, 2, 3] {
        for fault in [Fault::slow_down(), Fault::reset(), Fault::internal_error()] {
            let provider = warm(&server, json!({ "s3Options": { "maxAttempts": attempts } })).await;
            server.faults().inject(fault.on(Operation::PutObject));
            provider.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap_err();
            assert_eq!(count(&server, Operation::PutObject), attempts);
            assert_eq!(direct(&server)[0], attempts > 1);
            server.faults().clear();
        }
    }
    empty(&server).await;
}

#[tokio::test]
async fn a_service_that_was_busy_is_left_to_the_sdk_for_a_while() {
    let server = server().await;
    let provider = warm(&server, json!({})).await;
    server.faults().inject(Fault::slow_down().on(Operation::PutObject).times(2));
    for key in ["a", "b"] {
        provider.upload(&at(key), Body::from("x"), &Call::new()).await.unwrap();
    }
    assert_eq!(direct(&server), [true, false, false, false]);
}

#[tokio::test]
async fn a_service_that_is_silent_is_asked_again_by_the_sdk() {
    let server = server().await;
    let provider = warm(&server, json!({ "s3Options": { "requestTimeout": 300 } })).await;
    for fault in [Fault::hang(), Fault::stall_request()] {
        server.faults().inject(fault.on(Operation::PutObject).times(1));
        provider.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_is_found_out() {
    let server = server().await;
    for fault in [Fault::lose_answer(), Fault::bad_gateway(), Fault::withhold_answer()] {
        let options = json!({
            "s3Options": { "requestTimeout": 500 }, "providerConfig": { "preventOverwrite": true },
        });
        let provider = warm(&server, options).await;
        server.faults().inject(fault.on(Operation::PutObject).times(1));
        provider.upload(&at("a"), Body::from("content"), &Call::new()).await.unwrap();
        assert_eq!(server.object("media", "a").unwrap().bytes().unwrap(), "content");
        assert_eq!(direct(&server), [true, false]);
        provider.delete(&at("a"), &Call::new()).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_direct_put_returns_the_error_of_the_sdk() {
    let server = server().await;
    for (fault, kind) in [
        (Fault::access_denied(), ErrorKind::PermissionDenied),
        (Fault::slow_down(), ErrorKind::RateLimited),
        (Fault::reset(), ErrorKind::Unavailable),
    ] {
        let cold = provider_with(&server, json!({})).await;
        let warm = warm(&server, json!({})).await;
        server.faults().inject(fault.on(Operation::PutObject));
        let expected = cold.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap_err();
        let error = warm.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (kind, expected.message()));
        assert_eq!(error.service_code(), expected.service_code());
        server.faults().clear();
    }
}

#[tokio::test]
async fn prevent_overwrite_holds_for_direct_puts() {
    let server = server().await;
    let provider = warm(&server, json!({ "providerConfig": { "preventOverwrite": true } })).await;
    provider.upload(&at("a"), Body::from("old"), &Call::new()).await.unwrap();
    let error = provider.upload(&at("a"), Body::from("new"), &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(server.object("media", "a").unwrap().bytes().unwrap(), "old");
}

#[tokio::test]
async fn a_new_file_of_a_dropped_direct_put_is_removed() {
    let server = server().await;
    let provider = Arc::new(warm(&server, json!({ "providerConfig": { "preventOverwrite": true } })).await);
    server.faults().inject(Fault::withhold_answer().on(Operation::PutObject));
    let call = tokio::spawn({
        let provider = provider.clone();
        async move { provider.upload(&at("a"), Body::from("new"), &Call::new()).await }
    });
    until("storing", || async { server.object("media", "a").is_some() }).await;
    call.abort();
    call.await.unwrap_err();
    server.faults().clear();
    until("removing it", || async { server.keys("media").is_empty() }).await;
    assert_eq!(direct(&server), [true]);
}

#[tokio::test]
async fn session_credentials_sign_as_well() {
    let server = DevS3::builder().bucket("media").session_credentials("ASIAEXAMPLE", "secret", "a/token+of=it");
    let server = server.start().await.unwrap();
    let credentials =
        json!({ "accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "secret", "sessionToken": "a/token+of=it" });
    let provider = warm(&server, json!({ "s3Options": { "credentials": credentials } })).await;
    provider.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap();
    assert_eq!(direct(&server), [true]);
}
