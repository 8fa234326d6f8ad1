//! Failures: which requests are tried again, and the errors of the others.

use std::time::Duration;

use longshore_dev_s3::{Fault, Operation};
use longshore_provider::{Body, Call, Error, ErrorKind, Provider, serde_json::json};

use crate::setup::{MIB, at, chunked, constant, content, count, empty, init, options, provider, provider_with, server};

fn has(error: &Error, kind: ErrorKind, words: &[&str]) {
    assert_eq!(error.kind(), kind, "{error:?}");
    for word in words {
        assert!(error.message().contains(word), "`{word}` in {error:?}");
    }
    assert!(!format!("{error:?}").contains("secret-that-is-wrong"), "{error:?}");
}

#[tokio::test]
async fn a_service_that_is_busy_twice_is_asked_three_times() {
    let server = server().await;
    let provider = provider(&server).await;
    server.faults().inject(Fault::slow_down().on(Operation::PutObject).times(2));
    server.faults().inject(Fault::reset().on(Operation::UploadPart).skip(1).times(1));
    provider.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap();
    assert_eq!(count(&server, Operation::PutObject), 3);
    let bytes = content(11 * MIB);
    provider.upload(&at("b"), chunked(&bytes, None), &Call::new()).await.unwrap();
    assert_eq!(server.object("media", "b").unwrap().bytes().unwrap(), bytes);
}

#[tokio::test]
async fn a_service_that_stays_busy_is_rate_limited() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "s3Options": { "maxAttempts": 2 } })).await;
    server.faults().inject(Fault::slow_down());
    let error = provider.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap_err();
    has(&error, ErrorKind::RateLimited, &["limits the rate of requests", server.endpoint()]);
    assert_eq!(error.service_code(), Some("SlowDown"));
    assert!(error.is_retryable() && error.request_id().is_some());
    assert_eq!(count(&server, Operation::PutObject), 2);
}

#[tokio::test]
async fn a_status_or_code_that_may_pass_is_tried_again_by_every_operation() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "s3Options": { "maxAttempts": 2 } })).await;
    let call = Call::new();
    provider.upload(&at("a"), Body::from("x"), &call).await.unwrap();
    for fault in [Fault::error(429, "", ""), Fault::error(400, "TooManyRequests", "")] {
        for operation in [Operation::PutObject, Operation::GetObject, Operation::DeleteObject] {
            server.faults().inject(fault.clone().on(operation).times(1));
        }
        // A response to HEAD has no code.
        server.faults().inject(Fault::error(429, "", "").on(Operation::HeadObject).times(1));
        provider.upload(&at("a"), Body::from("x"), &call).await.unwrap();
        provider.open(&at("a"), None, &call).await.unwrap();
        provider.head(&at("a"), &call).await.unwrap();
        provider.delete(&at("a"), &call).await.unwrap();
        assert!(!server.faults().is_pending());
        provider.upload(&at("a"), Body::from("x"), &call).await.unwrap();
    }
}

#[tokio::test]
async fn a_conflict_of_conditional_uploads_is_tried_again_and_is_no_existing_file() {
    let server = server().await;
    let changes = json!({ "s3Options": { "maxAttempts": 2 }, "providerConfig": { "preventOverwrite": true } });
    let provider = provider_with(&server, changes).await;
    let conflict = Fault::error(409, "ConditionalRequestConflict", "another one is under way");
    server.faults().inject(conflict.clone().on(Operation::PutObject).times(1));
    provider.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap();
    server.faults().inject(conflict.on(Operation::PutObject).on(Operation::CompleteMultipartUpload));
    for (key, length) in [("b", 1), ("c", 6 * MIB)] {
        let error = provider.upload(&at(key), chunked(&content(length), None), &Call::new()).await.unwrap_err();
        has(&error, ErrorKind::RateLimited, &["under way"]);
        assert!(error.is_retryable());
    }
    // After a conflict all parts would have to be sent again.
    assert_eq!(count(&server, Operation::CompleteMultipartUpload), 1);
}

#[tokio::test]
async fn an_endpoint_that_is_no_s3_service_is_named() {
    for response in [
        "HTTP/1.1 404 Not ObjectProbe\r\ncontent-type: text/html\r\ncontent-length: 14\r\n\r\n<p>nothing</p>",
        "HTTP/1.1 404 Not ObjectProbe\r\ncontent-length: 0\r\n\r\n",
    ] {
        let endpoint = constant(response).await;
        let options = json!({ "s3Options": {
            "region": "eu-west-1", "endpoint": endpoint, "forcePathStyle": true, "maxAttempts": 1,
            "credentials": { "accessKeyId": "id", "secretAccessKey": "secret" },
            "params": { "Bucket": "media", "ACL": "none" },
        } });
        let provider = init(options).await.unwrap();
        for length in [1, 9 * MIB] {
            let error = provider.upload(&at("a"), chunked(&content(length), None), &Call::new()).await.unwrap_err();
            assert!(!error.message().contains("nothing is stored"), "{error:?}");
            assert!(error.message().contains("s3Options.endpoint"), "{error:?}");
            assert!(!error.is_retryable(), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_service_that_is_silent_times_out() {
    let server = server().await;
    let changes = json!({ "s3Options": { "maxAttempts": 1, "requestTimeout": 200 } });
    let provider = provider_with(&server, changes).await;
    for fault in [Fault::hang(), Fault::stall_request()] {
        server.faults().inject(fault.on(Operation::UploadPart));
        let error = provider.upload(&at("a"), chunked(&content(11 * MIB), None), &Call::new()).await.unwrap_err();
        has(&error, ErrorKind::Timeout, &["did not respond in time", server.endpoint()]);
        server.faults().clear();
        empty(&server).await;
    }
}

#[tokio::test]
async fn a_slow_service_that_makes_progress_does_not_time_out() {
    let server = server().await;
    let changes = json!({ "s3Options": { "maxAttempts": 1, "requestTimeout": 2000 } });
    let provider = provider_with(&server, changes).await;
    server.faults().inject(Fault::delay(Duration::from_millis(300)).on(Operation::UploadPart));
    provider.upload(&at("a"), chunked(&content(26 * MIB), None), &Call::new()).await.unwrap();
}

#[tokio::test]
async fn errors_say_what_to_do() {
    let server = server().await;
    let once = json!({ "s3Options": { "maxAttempts": 1 } });
    let provider = provider_with(&server, once).await;
    let call = Call::new();
    for (fault, kind, words) in [
        (Fault::access_denied(), ErrorKind::PermissionDenied, &["s3:PutObject", "`media`", "s3:PutObjectAcl"][..]),
        (Fault::internal_error(), ErrorKind::Unavailable, &["500"]),
        (Fault::error(400, "ExpiredToken", "expired"), ErrorKind::Unauthenticated, &["renew"]),
        (Fault::error(507, "InsufficientStorage", "full"), ErrorKind::StorageFull, &["no space left"]),
        (
            Fault::error(400, "AuthorizationHeaderMalformed", "the region 'a' is wrong; expecting 'eu-west-3'"),
            ErrorKind::InvalidOptions,
            &["s3Options.region = \"eu-west-3\""],
        ),
        (Fault::error(301, "PermanentRedirect", "elsewhere"), ErrorKind::InvalidOptions, &["s3Options.region"]),
    ] {
        server.faults().inject(fault.on(Operation::PutObject));
        let error = provider.upload(&at("a"), Body::from("x"), &call).await.unwrap_err();
        has(&error, kind, words);
        server.faults().clear();
    }
}

#[tokio::test]
async fn a_bucket_without_acls_is_explained_and_works_with_none() {
    let server = server().await;
    let locked = json!({ "s3Options": { "params": { "Bucket": "locked" } } });
    let provider = provider_with(&server, locked).await;
    for length in [1, 6 * MIB] {
        let body = chunked(&content(length), None);
        let error = provider.upload(&at("a"), body, &Call::new()).await.unwrap_err();
        has(&error, ErrorKind::InvalidOptions, &["`locked`", "ACL = \"none\""]);
        assert_eq!(error.service_code(), Some("AccessControlListNotSupported"));
    }
    let none = json!({ "s3Options": { "params": { "Bucket": "locked", "ACL": "none" } } });
    provider_with(&server, none).await.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap();
}

#[tokio::test]
async fn a_missing_bucket_is_named() {
    let server = server().await;
    let missing = json!({ "s3Options": { "params": { "Bucket": "nowhere" } } });
    let provider = provider_with(&server, missing).await;
    let error = provider.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap_err();
    has(&error, ErrorKind::InvalidOptions, &["no bucket `nowhere`", server.endpoint()]);
    let error = provider.health(&Call::new()).await.unwrap_err();
    has(&error, ErrorKind::InvalidOptions, &["no bucket `nowhere`"]);
}

#[tokio::test]
async fn the_error_that_a_head_cannot_contain_is_fetched() {
    let server = server().await;
    let call = Call::new();
    let missing = json!({ "s3Options": { "params": { "Bucket": "nowhere" } } });
    let error = provider_with(&server, missing).await.head(&at("a"), &call).await.unwrap_err();
    has(&error, ErrorKind::InvalidOptions, &["no bucket `nowhere`"]);
    let wrong = json!({ "s3Options": { "credentials": { "secretAccessKey": "secret-that-is-wrong" } } });
    let wrong = provider_with(&server, wrong).await;
    for error in [wrong.head(&at("a"), &call).await.unwrap_err(), wrong.health(&call).await.unwrap_err()] {
        has(&error, ErrorKind::Unauthenticated, &["secretAccessKey"]);
    }
    let provider = provider(&server).await;
    let error = provider.head(&at("a"), &call).await.unwrap_err();
    has(&error, ErrorKind::NotFound, &["nothing is stored under `a`"]);
    // An empty file has no first byte, which is no answer to why it cannot be looked at.
    provider.upload(&at("empty"), Body::empty(), &call).await.unwrap();
    server.faults().inject(Fault::access_denied().on(Operation::HeadObject));
    let error = provider.head(&at("empty"), &call).await.unwrap_err();
    has(&error, ErrorKind::PermissionDenied, &["s3:GetObject"]);
}

#[tokio::test]
async fn wrong_credentials_are_named_and_not_shown() {
    let server = server().await;
    let secret = json!({ "s3Options": { "credentials": { "secretAccessKey": "secret-that-is-wrong" } } });
    let error = provider_with(&server, secret).await.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap_err();
    has(&error, ErrorKind::Unauthenticated, &["secretAccessKey"]);
    let id = json!({ "s3Options": { "credentials": { "accessKeyId": "AKIAUNKNOWN" } } });
    let error = provider_with(&server, id).await.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap_err();
    has(&error, ErrorKind::Unauthenticated, &["accessKeyId"]);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_named() {
    let server = server().await;
    let options = options(&server, json!({ "s3Options": { "maxAttempts": 2 } }));
    let endpoint = server.endpoint().to_owned();
    server.stop().await;
    let provider = init(options).await.unwrap();
    let error = provider.upload(&at("a"), Body::from("x"), &Call::new()).await.unwrap_err();
    has(&error, ErrorKind::Unavailable, &["cannot be reached", &endpoint]);
    assert!(error.causes().any(|cause| cause.contains("refused")), "{error:?}");
}

#[tokio::test]
async fn wrong_options_are_named() {
    let server = server().await;
    for (changes, words) in [
        (json!({ "s3Options": { "params": { "signedUrlExpires": 604_801 } } }), "signedUrlExpires"),
        (json!({ "s3Options": { "params": { "signedUrlExpires": 0 } } }), "signedUrlExpires"),
        (json!({ "s3Options": { "params": { "Bucket": "" } } }), "Bucket"),
        (json!({ "s3Options": { "params": { "Bucket": "a/b" } } }), "rootPath"),
        (json!({ "s3Options": { "params": { "ACL": "public" } } }), "bucket-owner-full-control"),
        (json!({ "s3Options": { "credentials": { "secretAccessKey": "" } } }), "credentials"),
        (json!({ "s3Options": { "endpoint": "http://a b" } }), "s3Options.endpoint"),
        (json!({ "s3Options": { "requestChecksumCalculation": "NEVER" } }), "WHEN_REQUIRED"),
        (json!({ "providerConfig": { "storageClass": "COLD" } }), "GLACIER_IR"),
        (json!({ "providerConfig": { "checksumAlgorithm": "MD5" } }), "CRC64NVME"),
        (json!({ "providerConfig": { "encryption": { "type": "none" } } }), "aws:kms:dsse"),
        (json!({ "providerConfig": { "multipart": { "partSize": 5 * MIB - 1 } } }), "partSize"),
        (json!({ "providerConfig": { "multipart": { "partSize": 6 * 1024 * MIB } } }), "partSize"),
        (json!({ "baseUrl": "cdn.example.com" }), "baseUrl"),
    ] {
        let error = init(options(&server, changes.clone())).await.err().unwrap_or_else(|| panic!("{changes}"));
        has(&error, ErrorKind::InvalidOptions, &[words]);
    }
}
