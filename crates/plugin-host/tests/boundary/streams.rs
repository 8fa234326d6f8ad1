//! Streams in both directions are pulled, are not copied, and have backpressure.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use longshore_provider::{
    Body, ByteRange, Bytes, Call, ErrorKind, File, Result, SignOptions,
    futures::{StreamExt, stream},
    serde_json::json,
};

use crate::project::{count, misbehaving};

#[tokio::test]
async fn an_uploads_bytes_arrive_whole() {
    let registry = misbehaving("").open().await.unwrap();
    let chunks = stream::iter((0..40).map(|_| Ok(Bytes::from(vec![3; 300_000]))));
    let body = Body::from_stream(chunks, Some(12_000_000));
    assert_eq!(registry.main().upload(&File::at("fine"), body).await.unwrap().size, Some(12_000_000));
}

#[tokio::test]
async fn a_hosts_stream_may_use_the_hosts_runtime() {
    let registry = misbehaving("").open().await.unwrap();
    let chunks = stream::iter(0..3).then(|_| async {
        tokio::time::sleep(Duration::from_millis(2)).await;
        Ok(Bytes::from_static(b"slow"))
    });
    let uploaded = registry.main().upload(&File::at("fine"), Body::from_stream(chunks, None)).await.unwrap();
    assert_eq!(uploaded.size, Some(12));
}

#[tokio::test]
async fn nothing_is_pulled_before_the_provider_asks() {
    let registry = misbehaving("").open().await.unwrap();
    let pulled = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&pulled);
    let chunks = stream::iter(0..1000).map(move |_| -> Result<Bytes> {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(Bytes::from_static(b"x"))
    });
    let file = File::at("one-chunk");
    let upload = registry.main().upload(&file, Body::from_stream(chunks, None));
    let before = count(&registry, "pulled").await;
    let wait = async {
        while count(&registry, "pulled").await == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! { _ = upload => panic!("it never ends by itself"), () = wait => {} }
    assert_eq!(pulled.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_reader_pulls_chunk_by_chunk() {
    let registry = misbehaving("").open().await.unwrap();
    let mut opened = registry.main().open_file(&File::at("fine"), None).await.unwrap();
    assert_eq!(opened.meta.size, 64 * 256 * 1024);
    let first = opened.body.next().await.unwrap().unwrap();
    assert_eq!((first.len(), first[0]), (256 * 1024, 0));
    drop(opened);
    let range = ByteRange { start: 256 * 1024 * 63, length: None };
    let opened = registry.main().open_file(&File::at("fine"), Some(range)).await.unwrap();
    let rest = opened.body.into_bytes(1 << 20).await.unwrap();
    assert_eq!((rest.len(), rest[0]), (256 * 1024, 63));
}

#[tokio::test]
async fn errors_of_streams_cross_whole() {
    let registry = misbehaving("").open().await.unwrap();
    let mut opened = registry.main().open_file(&File::at("fail"), None).await.unwrap();
    assert!(opened.body.next().await.unwrap().is_ok());
    assert_eq!(opened.body.next().await.unwrap().unwrap_err().message(), "the stream was asked to fail");

    let chunks = stream::iter([Err(longshore_provider::Error::new(ErrorKind::BrokenBody, "the socket is gone"))]);
    let error = registry.main().upload(&File::at("fine"), Body::from_stream(chunks, None)).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::BrokenBody, "the socket is gone"));
}

#[tokio::test]
async fn a_body_that_is_not_as_long_as_it_said_fails_the_upload() {
    let registry = misbehaving("").open().await.unwrap();
    for size in [4, 6] {
        let chunks = stream::iter([Ok(Bytes::from_static(b"12345"))]);
        let error = registry.main().upload(&File::at("fine"), Body::from_stream(chunks, Some(size))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenBody);
    }
}

#[tokio::test]
async fn an_extension_passes_json_and_a_stream_both_ways() {
    let registry = misbehaving("").open().await.unwrap();
    let bytes = Bytes::from(vec![9; 1000]);
    let input = json!({ "a": [1, null, "é"] });
    let (output, stream) = registry
        .main()
        .handle()
        .extension("echo", input.clone(), Some(Body::from(bytes.clone())), &Call::new())
        .await
        .unwrap();
    assert_eq!(output, input);
    let back = stream.unwrap().into_bytes(2000).await.unwrap();
    assert_eq!(back.as_ptr(), bytes.as_ptr(), "the bytes came back uncopied");
}

#[tokio::test]
async fn an_unknown_extension_is_unsupported() {
    let registry = misbehaving("").open().await.unwrap();
    let error = registry.main().handle().extension("later", json!(null), None, &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let error = registry.main().list(&longshore_provider::ListRequest::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn errors_cross_with_code_and_request_id() {
    let registry = misbehaving("").open().await.unwrap();
    let error = registry.main().open_file(&File::at("missing"), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!((error.service_code(), error.request_id()), (Some("NoSuchShelf"), Some("r-1")));
}

#[tokio::test]
async fn a_batch_is_signed_with_an_answer_for_each_file() {
    let registry = misbehaving("").open().await.unwrap();
    let files = ["a", "fail", "wait", "panic-not"].map(File::at);
    let urls = registry.main().get_signed_urls(&files, longshore_provider::SignOptions::default()).await.unwrap();
    assert_eq!(urls[0].as_ref().unwrap().url, "https://misbehaving.test/a");
    assert_eq!(urls[1].as_ref().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(urls[2].as_ref().unwrap().url, "https://misbehaving.test/wait");
    assert_eq!(urls[3].as_ref().unwrap().url, "https://misbehaving.test/panic-not");
}

#[tokio::test]
async fn a_url_that_a_browser_would_run_is_refused_with_the_providers_name() {
    let registry = misbehaving("").open().await.unwrap();
    let provider = registry.main();
    let file = File::at("script-url");
    let refused = [
        provider.upload(&file, Body::from("x")).await.map(drop),
        provider.replace(&file, &file, Body::from("x")).await.map(drop),
        provider.url(&file, SignOptions::default()).await.map(drop),
        provider.get_signed_urls(&[file], SignOptions::default()).await.unwrap().remove(0).map(drop),
    ];
    for refused in refused {
        let error = refused.unwrap_err();
        assert_eq!(error.message(), "the provider `misbehaving` returned a URL that cannot be used");
        assert!(error.causes().any(|cause| cause.contains("javascript:alert(1)")), "{error:?}");
    }
}

#[tokio::test]
async fn metadata_over_the_limit_is_refused_with_the_providers_name() {
    let registry = misbehaving("").open().await.unwrap();
    let error = registry.main().upload(&File::at("metadata"), Body::from("x")).await.unwrap_err();
    let expected =
        "the provider `misbehaving` returned 16386 bytes of metadata for a file, more than the limit of 16384";
    assert_eq!(error.message(), expected);
}
