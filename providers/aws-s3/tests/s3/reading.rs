//! Reading, asking, listing, deleting.

use std::time::{Duration, SystemTime};

use longshore_dev_s3::{Fault, Operation};
use longshore_provider::{Body, ByteRange, Call, ErrorKind, File, ListRequest, Provider, serde_json::json};

use crate::setup::{MIB, at, breaking, constant, content, count, init, provider, provider_with, server};

#[tokio::test]
async fn a_file_and_each_part_of_it_can_be_read() {
    let server = server().await;
    let provider = provider(&server).await;
    let bytes = content(MIB);
    provider.upload(&at("a"), Body::from(bytes.clone()), &Call::new()).await.unwrap();
    let ranges = [
        (None, 0..MIB),
        (Some(ByteRange { start: 0, length: Some(10) }), 0..10),
        (Some(ByteRange { start: 1000, length: None }), 1000..MIB),
        (Some(ByteRange { start: MIB as u64 - 5, length: Some(100) }), MIB - 5..MIB),
        (Some(ByteRange { start: 7, length: Some(0) }), 7..7),
    ];
    for (range, expected) in ranges {
        let opened = provider.open(&at("a"), range, &Call::new()).await.unwrap();
        assert_eq!(opened.meta.size, MIB as u64, "{range:?}");
        assert_eq!(opened.meta.content_type.as_deref(), Some("text/plain"));
        assert_eq!(opened.body.into_bytes(MIB).await.unwrap(), bytes.slice(expected), "{range:?}");
    }
    let behind = Some(ByteRange { start: MIB as u64, length: None });
    let error = provider.open(&at("a"), behind, &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_body_is_cut_to_the_range_if_the_service_ignores_it() {
    let endpoint = constant("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789").await;
    let options = json!({ "s3Options": {
        "region": "eu-west-1", "endpoint": endpoint, "forcePathStyle": true, "maxAttempts": 1,
        "credentials": { "accessKeyId": "id", "secretAccessKey": "secret" },
        "params": { "Bucket": "media", "ACL": "none" },
    } });
    let provider = init(options).await.unwrap();
    for (length, expected) in [(None, "0123456789"), (Some(4), "0123"), (Some(0), ""), (Some(50), "0123456789")] {
        let opened = provider.open(&at("a"), Some(ByteRange { start: 0, length }), &Call::new()).await.unwrap();
        assert_eq!((opened.meta.size, opened.body.size()), (10, Some(expected.len() as u64)));
        assert_eq!(opened.body.into_bytes(MIB).await.unwrap(), expected);
    }
    let range = Some(ByteRange { start: 2, length: Some(4) });
    let error = provider.open(&at("a"), range, &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn the_beginning_of_an_empty_file_is_empty() {
    let server = server().await;
    let provider = provider(&server).await;
    provider.upload(&at("a"), Body::empty(), &Call::new()).await.unwrap();
    for length in [None, Some(0), Some(10)] {
        let opened = provider.open(&at("a"), Some(ByteRange { start: 0, length }), &Call::new()).await.unwrap();
        assert_eq!((opened.meta.size, opened.body.into_bytes(MIB).await.unwrap().len()), (0, 0), "{length:?}");
    }
}

#[tokio::test]
async fn a_missing_file_is_not_found() {
    let server = server().await;
    let provider = provider(&server).await;
    let error = provider.open(&at("none"), None, &Call::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, "nothing is stored under `none`"));
    let error = provider.head(&at("none"), &Call::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, "nothing is stored under `none`"));
    provider.delete(&at("none"), &Call::new()).await.unwrap();
}

#[tokio::test]
async fn head_returns_metadata_without_reading_the_file() {
    let server = server().await;
    let provider = provider(&server).await;
    let uploaded = provider.upload(&at("a"), Body::from("four"), &Call::new()).await.unwrap();
    let meta = provider.head(&at("a"), &Call::new()).await.unwrap();
    assert_eq!((meta.size, meta.etag), (4, uploaded.etag));
    assert_eq!(meta.content_type.as_deref(), Some("text/plain"));
    let age = SystemTime::now().duration_since(meta.last_modified.unwrap()).unwrap_or_default();
    assert!(age < Duration::from_mins(10), "{age:?}");
}

#[tokio::test]
async fn an_answer_that_stalls_or_breaks_off_is_an_error() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "s3Options": { "requestTimeout": 300 } })).await;
    provider.upload(&at("a"), Body::from(content(4 * MIB)), &Call::new()).await.unwrap();
    for fault in [Fault::stall_body(MIB as u64), Fault::cut_body(MIB as u64)] {
        server.faults().inject(fault.on(Operation::GetObject).times(1));
        let opened = provider.open(&at("a"), None, &Call::new()).await.unwrap();
        let error = opened.body.into_bytes(4 * MIB).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    }
}

#[tokio::test]
async fn deleting_aborts_unfinished_uploads_of_that_key_alone() {
    let server = server().await;
    let leaving = json!({ "providerConfig": { "multipart": { "leavePartsOnError": true } } });
    let provider = provider_with(&server, leaving).await;
    for key in ["a", "a", "a.b"] {
        let body = breaking(&content(6 * MIB), longshore_provider::Error::internal("stop"));
        provider.upload(&at(key), body, &Call::new()).await.unwrap_err();
    }
    assert_eq!(server.open_uploads("media").len(), 3);
    provider.delete(&at("a"), &Call::new()).await.unwrap();
    let left: Vec<_> = server.open_uploads("media").into_iter().map(|upload| upload.key).collect();
    assert_eq!(left, ["a.b"]);
}

#[tokio::test]
async fn deleting_works_without_the_right_to_list_uploads_and_tries_that_once() {
    let server = server().await;
    let provider = provider(&server).await;
    server.faults().inject(Fault::access_denied().on(Operation::ListMultipartUploads));
    for key in ["a", "b"] {
        provider.upload(&at(key), Body::from("x"), &Call::new()).await.unwrap();
        provider.delete(&at(key), &Call::new()).await.unwrap();
    }
    assert!(server.keys("media").is_empty());
    assert_eq!(count(&server, Operation::ListMultipartUploads), 1);
}

#[tokio::test]
async fn listing_goes_page_by_page_below_the_root() {
    let server = server().await;
    let other = provider(&server).await;
    other.upload(&at("elsewhere"), Body::from("x"), &Call::new()).await.unwrap();
    let provider = provider_with(&server, json!({ "rootPath": "root" })).await;
    let keys = ["a b", "dir/1", "dir/2", "dir/ü+", "z"];
    for key in keys {
        provider.upload(&at(key), Body::from("four"), &Call::new()).await.unwrap();
    }
    let mut found = Vec::new();
    let mut request = ListRequest::default();
    request.limit = 2;
    loop {
        let page = provider.list(&request, &Call::new()).await.unwrap();
        assert!(page.objects.len() <= 2);
        found.extend(page.objects);
        match page.next {
            Some(next) => request.after = Some(next),
            None => break,
        }
    }
    assert_eq!(found.iter().map(|object| object.relative_key.as_str()).collect::<Vec<_>>(), keys);
    assert!(found.iter().all(|object| object.size == 4 && object.etag.is_some() && object.last_modified.is_some()));
    assert_eq!(found[0].key, "root/a b");

    let below = provider.list(&ListRequest::prefix("dir/"), &Call::new()).await.unwrap();
    assert_eq!(below.objects.len(), 3);
    let of_old = provider.head(&File::stored("elsewhere"), &Call::new()).await.unwrap();
    assert_eq!(of_old.key, "elsewhere");
}
