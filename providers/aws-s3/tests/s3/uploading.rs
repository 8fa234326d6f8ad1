//! Files get there whole, or not at all.

use std::time::Duration;

use longshore_dev_s3::{Fault, Operation};
use longshore_provider::{
    Body, Bytes, Call, Error, ErrorKind, File, Provider,
    futures::{StreamExt, future::join_all, stream},
    serde_json::json,
};

use crate::setup::{MIB, at, breaking, chunked, content, count, empty, get, provider, provider_with, server, until};

#[tokio::test]
async fn a_small_file_is_one_request() {
    let server = server().await;
    let provider = provider(&server).await;
    let bytes = content(100_000);
    let uploaded = provider.upload(&at("a.txt"), chunked(&bytes, Some(100_000)), &Call::new()).await.unwrap();

    let stored = server.object("media", "a.txt").unwrap();
    assert_eq!(stored.bytes().unwrap(), bytes);
    assert_eq!(stored.content_type(), Some("text/plain"));
    assert_eq!(uploaded.key, "a.txt");
    assert_eq!(uploaded.size, Some(100_000));
    assert_eq!(uploaded.etag.as_deref(), Some(stored.etag()));
    assert_eq!(server.journal().len(), 1);
    assert_eq!(get(&uploaded.url).await, (200, bytes.to_vec()));
}

#[tokio::test]
async fn an_empty_file_is_stored() {
    let server = server().await;
    let provider = provider(&server).await;
    for (key, body) in [("known", Body::empty()), ("unknown", chunked(&Bytes::new(), None))] {
        let uploaded = provider.upload(&at(key), body, &Call::new()).await.unwrap();
        assert_eq!(uploaded.size, Some(0));
        assert_eq!(server.object("media", key).unwrap().size(), 0);
    }
}

#[tokio::test]
async fn a_large_file_is_sent_in_parts() {
    let server = server().await;
    let provider = provider(&server).await;
    let bytes = content(12 * MIB + 17);
    for (key, size) in [("known", Some(bytes.len() as u64)), ("unknown", None)] {
        let uploaded = provider.upload(&at(key), chunked(&bytes, size), &Call::new()).await.unwrap();
        let stored = server.object("media", key).unwrap();
        assert_eq!(stored.bytes().unwrap(), bytes);
        assert_eq!(stored.part_sizes(), [5 * MIB as u64, 5 * MIB as u64, 2 * MIB as u64 + 17]);
        assert_eq!(uploaded.etag.as_deref(), Some(stored.etag()));
        assert_eq!(uploaded.size, Some(bytes.len() as u64));
        assert_eq!(stored.content_type(), Some("text/plain"));
    }
    assert!(server.open_uploads("media").is_empty());
}

#[tokio::test]
async fn a_file_of_exactly_one_part_is_one_request() {
    let server = server().await;
    let provider = provider(&server).await;
    let bytes = content(5 * MIB);
    provider.upload(&at("one"), chunked(&bytes, None), &Call::new()).await.unwrap();
    assert_eq!(server.object("media", "one").unwrap().bytes().unwrap(), bytes);
    assert_eq!(count(&server, Operation::CreateMultipartUpload), 0);
}

/// Twice as many as would hold all memory, if each held a part's share.
#[tokio::test]
async fn slow_clients_keep_nobody_waiting() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "providerConfig": { "multipart": { "partSize": 8 * MIB } } })).await;
    let keys: Vec<_> = (0..32).map(|number| at(&format!("slow-{number}"))).collect();
    let call = Call::new();
    let slow = keys.iter().map(|key| {
        let first = stream::iter([Ok(Bytes::from_static(b"x"))]);
        provider.upload(key, Body::from_stream(first.chain(stream::pending()), None), &call)
    });
    let bytes = content(100_000);
    let key = at("small");
    let small = provider.upload(&key, chunked(&bytes, None), &call);
    let small = tokio::time::timeout(Duration::from_secs(20), small);
    tokio::select! {
        biased;
        _ = join_all(slow) => panic!("bodies that never end have ended"),
        small = small => small.expect("it waits for the slow ones").unwrap(),
    };
    assert_eq!(server.keys("media"), ["small"]);
}

#[tokio::test]
async fn a_whole_part_is_sent_while_its_client_hesitates() {
    let server = server().await;
    let provider = provider(&server).await;
    let bytes = content(5 * MIB);
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let rest = stream::once(ended).filter_map(|_| async { None });
    let body = Body::from_stream(stream::iter([Ok(bytes.clone())]).chain(rest), None);
    let (key, call) = (at("one"), Call::new());
    let sent = async {
        until("sending the part", || async { count(&server, Operation::UploadPart) == 1 }).await;
        end.send(()).unwrap();
    };
    let (stored, ()) = tokio::join!(provider.upload(&key, body, &call), sent);
    assert_eq!(stored.unwrap().size, Some(bytes.len() as u64));
    let stored = server.object("media", "one").unwrap();
    assert_eq!((stored.bytes().unwrap(), stored.part_sizes()), (bytes, vec![5 * MIB as u64]));
}

#[tokio::test]
async fn a_body_that_breaks_leaves_nothing() {
    let server = server().await;
    let provider = provider(&server).await;
    for length in [1000, 6 * MIB, 17 * MIB] {
        let body = breaking(&content(length), Error::new(ErrorKind::BrokenBody, "the client went away"));
        let error = provider.upload(&at("broken"), body, &Call::new()).await.unwrap_err();
        assert_eq!(error.message(), "the client went away");
        empty(&server).await;
    }
}

#[tokio::test]
async fn a_body_of_another_length_than_announced_leaves_nothing() {
    let server = server().await;
    let provider = provider(&server).await;
    let bytes = content(11 * MIB);
    for announced in [10 * MIB, 12 * MIB] {
        let body = chunked(&bytes, Some(announced as u64));
        let error = provider.upload(&at("wrong"), body, &Call::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenBody);
        empty(&server).await;
    }
}

#[tokio::test]
async fn a_body_without_progress_leaves_nothing() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "providerConfig": { "bodyTimeout": 100 } })).await;
    let some = stream::iter([Ok(content(6 * MIB))]);
    let body = Body::from_stream(longshore_provider::futures::StreamExt::chain(some, stream::pending()), None);
    let error = provider.upload(&at("slow"), body, &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    empty(&server).await;
}

#[tokio::test]
async fn a_cancelled_upload_leaves_nothing() {
    let server = server().await;
    let provider = std::sync::Arc::new(provider(&server).await);
    let some = stream::iter([Ok(content(11 * MIB))]);
    let body = Body::from_stream(longshore_provider::futures::StreamExt::chain(some, stream::pending()), None);
    let task = tokio::spawn({
        let provider = provider.clone();
        async move { provider.upload(&at("cancelled"), body, &Call::new()).await }
    });
    until("a part", || async { server.open_uploads("media").iter().any(|upload| !upload.parts.is_empty()) }).await;
    task.abort();
    empty(&server).await;
}

#[tokio::test]
async fn an_upload_cancelled_while_it_begins_leaves_nothing() {
    let server = server().await;
    let provider = std::sync::Arc::new(provider(&server).await);
    server.faults().inject(Fault::delay(std::time::Duration::from_millis(300)).on(Operation::CreateMultipartUpload));
    let task = tokio::spawn({
        let provider = provider.clone();
        async move { provider.upload(&at("cancelled"), chunked(&content(11 * MIB), None), &Call::new()).await }
    });
    until("the beginning", || async { count(&server, Operation::CreateMultipartUpload) == 1 }).await;
    task.abort();
    until("the abort", || async { count(&server, Operation::AbortMultipartUpload) == 1 }).await;
    empty(&server).await;
}

#[tokio::test]
async fn a_part_that_fails_for_good_aborts_the_upload() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "s3Options": { "maxAttempts": 1 } })).await;
    server.faults().inject(Fault::internal_error().on(Operation::UploadPart).skip(1));
    let body = chunked(&content(22 * MIB), None);
    let error = provider.upload(&at("failing"), body, &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.service_code(), Some("InternalError"));
    empty(&server).await;
}

#[tokio::test]
async fn parts_of_a_failed_upload_stay_if_wanted() {
    let server = server().await;
    let multipart = json!({ "providerConfig": { "multipart": { "leavePartsOnError": true } } });
    let provider = provider_with(&server, multipart).await;
    let body = breaking(&content(11 * MIB), Error::internal("stop"));
    provider.upload(&at("left"), body, &Call::new()).await.unwrap_err();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(server.open_uploads("media").len(), 1);
}

#[tokio::test]
async fn an_upload_whose_last_answer_was_lost_is_complete() {
    let server = server().await;
    let provider = provider(&server).await;
    server.faults().inject(Fault::lose_answer().on(Operation::CompleteMultipartUpload).times(1));
    let bytes = content(11 * MIB);
    let uploaded = provider.upload(&at("lost"), chunked(&bytes, None), &Call::new()).await.unwrap();
    let stored = server.object("media", "lost").unwrap();
    assert_eq!(stored.bytes().unwrap(), bytes);
    assert_eq!(uploaded.etag.as_deref(), Some(stored.etag()));
}

#[tokio::test]
async fn prevent_overwrite_refuses_an_existing_key() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "providerConfig": { "preventOverwrite": true } })).await;
    for length in [10, 11 * MIB] {
        let key = format!("kept-{length}");
        let bytes = content(length);
        provider.upload(&at(&key), chunked(&bytes, None), &Call::new()).await.unwrap();
        let again = chunked(&content(length + 1), None);
        let error = provider.upload(&at(&key), again, &Call::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(server.object("media", &key).unwrap().bytes().unwrap(), bytes);
        until("cleaning up", || async { server.open_uploads("media").is_empty() }).await;

        let replaced = provider.replace(&at(&key), &at(&key), Body::from("new"), &Call::new()).await.unwrap();
        assert_eq!(server.object("media", &replaced.key).unwrap().bytes().unwrap(), "new");
    }
}

#[tokio::test]
async fn replacing_under_another_key_removes_the_old_file() {
    let server = server().await;
    let provider = provider(&server).await;
    provider.upload(&at("old"), Body::from("old"), &Call::new()).await.unwrap();
    provider.replace(&at("new"), &File::stored("old"), Body::from("new"), &Call::new()).await.unwrap();
    assert_eq!(server.keys("media"), ["new"]);
}

#[tokio::test]
async fn a_replacement_whose_old_file_stays_is_taken_back() {
    let server = server().await;
    let provider = provider(&server).await;
    provider.upload(&at("old"), Body::from("old"), &Call::new()).await.unwrap();
    server.faults().inject(Fault::access_denied().on(Operation::DeleteObject).key("old"));
    let error = provider.replace(&at("new"), &at("old"), Body::from("new"), &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    until("taking it back", || async { server.keys("media") == ["old"] }).await;
}

#[tokio::test]
async fn odd_keys_come_back_as_they_went() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "rootPath": "/the root/" })).await;
    for key in ["ä b+c%25?&=#.txt", "日本語/x", "a'(*)!$,;:@", "..hidden", "100%"] {
        let uploaded = provider.upload(&at(key), Body::from(key.to_owned()), &Call::new()).await.unwrap();
        assert_eq!(uploaded.key, format!("the root/{key}"));
        assert!(server.keys("media").contains(&uploaded.key), "{key}");
        assert_eq!(get(&uploaded.url).await, (200, key.as_bytes().to_vec()), "{key}");
        let opened = provider.open(&File::stored(&uploaded.key), None, &Call::new()).await.unwrap();
        assert_eq!(opened.body.into_bytes(100).await.unwrap(), key);
        provider.delete(&File::stored(&uploaded.key), &Call::new()).await.unwrap();
    }
    assert!(server.keys("media").is_empty());
    for key in ["", "a/../b", "a//b", "a\nb"] {
        let error = provider.upload(&at(key), Body::empty(), &Call::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{key:?}");
    }
}

#[tokio::test]
async fn action_options_override_the_options() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "providerConfig": { "tags": { "a": "b c" } } })).await;
    let options =
        json!({ "CacheControl": "max-age=60", "ContentDisposition": "attachment", "Metadata": { "who": "me" } });
    let call = Call::new().with_action_options(options.as_object().unwrap().clone());
    for (key, length) in [("small", 10), ("large", 6 * MIB)] {
        provider.upload(&at(key), chunked(&content(length), None), &call).await.unwrap();
        let stored = server.object("media", key).unwrap();
        assert_eq!(stored.cache_control(), Some("max-age=60"));
        assert_eq!(stored.content_disposition(), Some("attachment"));
        assert_eq!(stored.metadata().get("who").map(String::as_str), Some("me"));
        assert_eq!(stored.tagging(), Some("a=b%20c"));
    }
}

#[tokio::test]
async fn bodies_are_signed_and_checksums_are_headers() {
    let server = server().await;
    for (when, checksum) in [("", false), ("WHEN_REQUIRED", false), ("WHEN_SUPPORTED", true)] {
        let options = json!({ "s3Options": { "requestChecksumCalculation": when } });
        let provider = provider_with(&server, options).await;
        for length in [10, MIB, 11 * MIB] {
            server.clear_journal();
            provider.upload(&at("signed"), chunked(&content(length), None), &Call::new()).await.unwrap();
            for request in server.journal().iter().filter(|request| request.method == "PUT") {
                let hash = request.header("x-amz-content-sha256").unwrap();
                assert!(hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()), "{when}: {hash}");
                assert_eq!(request.header("x-amz-checksum-crc32").is_some(), checksum, "{when}: {request:?}");
                assert_eq!(request.header("content-encoding"), None);
            }
        }
    }
}

#[tokio::test]
async fn an_upload_in_parts_declares_the_checksum_that_its_parts_carry() {
    let server = server().await;
    for (options, declared) in [
        (json!({ "s3Options": { "requestChecksumCalculation": "WHEN_SUPPORTED" } }), Some("CRC32")),
        (json!({ "providerConfig": { "checksumAlgorithm": "SHA256" } }), Some("SHA256")),
        (json!({}), None),
    ] {
        server.clear_journal();
        let provider = provider_with(&server, options).await;
        provider.upload(&at("a"), chunked(&content(11 * MIB), None), &Call::new()).await.unwrap();
        let journal = server.journal();
        let create = journal.iter().find(|request| request.operation == Some(Operation::CreateMultipartUpload));
        assert_eq!(create.unwrap().header("x-amz-checksum-algorithm"), declared);
        let stored = server.object("media", "a").unwrap();
        assert_eq!(stored.checksum().is_some_and(|(_, text)| text.ends_with("-3")), declared.is_some());
    }
}

#[tokio::test]
async fn every_checksum_is_stored_with_the_file() {
    let server = server().await;
    for algorithm in ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"] {
        let provider = provider_with(&server, json!({ "providerConfig": { "checksumAlgorithm": algorithm } })).await;
        for length in [10, 11 * MIB] {
            let bytes = content(length);
            provider.upload(&at("checked"), chunked(&bytes, None), &Call::new()).await.unwrap();
            let stored = server.object("media", "checked").unwrap();
            assert_eq!(stored.bytes().unwrap(), bytes);
            assert!(stored.checksum().is_some(), "{algorithm}, {length} bytes");
        }
    }
}

#[tokio::test]
async fn a_segment_of_a_dot_is_dropped_from_new_keys_and_taken_in_stored_ones() {
    let server = server().await;
    let provider = provider(&server).await;
    let mut file = File::named("h", ".txt");
    file.path = Some("a/./b".into());
    let uploaded = provider.upload(&file, chunked(&content(10), Some(10)), &Call::new()).await.unwrap();
    assert_eq!(server.keys("media"), ["a/b/h.txt"]);
    provider.delete(&File::stored(uploaded.key), &Call::new()).await.unwrap();
    let imported = File::stored("a/./b/h.txt");
    provider.upload(&imported, chunked(&content(10), Some(10)), &Call::new()).await.unwrap();
    assert_eq!(server.keys("media"), ["a/./b/h.txt"]);
    provider.delete(&imported, &Call::new()).await.unwrap();
    assert!(server.keys("media").is_empty());
}

#[tokio::test]
async fn keys_and_types_that_s3_refuses_are_refused_before_any_request() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "rootPath": "r".repeat(600) })).await;
    let call = Call::new();
    let long = at(&"x".repeat(500));
    let mut odd = at("a");
    odd.mime = "application/x; name=\"R\u{e9}sum\u{e9}\"".into();
    let mut tabbed = at("a");
    tabbed.mime = "text/plain;\tcharset=utf-8".into();
    for file in [&long, &odd, &tabbed] {
        let checked = provider.check_file_size(file, u64::MAX).await.unwrap_err();
        let refused = provider.upload(file, chunked(&content(10), None), &call).await.unwrap_err();
        assert_eq!((checked.kind(), refused.kind()), (ErrorKind::InvalidInput, ErrorKind::InvalidInput), "{file:?}");
        assert_eq!(checked.message(), refused.message());
    }
    assert_eq!(provider.url(&long).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(server.journal().is_empty());
    let mut named = at("a");
    named.mime = "application/x; name=\"Resume of 2026\"".into();
    provider.check_file_size(&named, u64::MAX).await.unwrap();
    provider.upload(&named, chunked(&content(10), None), &call).await.unwrap();
}
