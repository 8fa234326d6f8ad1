//! A panic anywhere in a provider's code becomes an error with message and location, and both sides continue to work.

use longshore_plugin_host::registry::{OpenError, Registry};
use longshore_provider::{
    Body, Bytes, Call, Error, ErrorKind, File, Result, SignOptions, futures::stream, serde_json::Value,
};

use crate::project::{chain, misbehaving};

fn assert_panicked(error: &Error, message: &str, file: &str) {
    assert_eq!(error.kind(), ErrorKind::Panic, "{error}");
    assert!(error.message().ends_with(message), "{error}");
    assert!(error.message().contains(file), "{error} names no location in {file}");
}

async fn still_works(registry: &Registry) {
    let uploaded = registry.main().upload(&File::at("fine"), Body::from("four")).await.unwrap();
    assert_eq!(uploaded.size, Some(4));
}

#[tokio::test]
async fn init_that_panics_is_an_error() {
    for (options, message) in [("init", "init was asked to panic"), ("later", "init was asked to panic later")] {
        let project = misbehaving(&format!("panic = \"{options}\""));
        let error = project.open().await.err().unwrap();
        let OpenError::Init { source, .. } = &error else { panic!("{}", chain(&error)) };
        assert_panicked(source, message, "misbehaving/src/lib.rs");
    }
    still_works(&misbehaving("").open().await.unwrap()).await;
}

#[tokio::test]
async fn every_method_that_panics_is_an_error() {
    let registry = misbehaving("").open().await.unwrap();
    let provider = registry.main().handle();
    let call = Call::new();
    let file = File::at("panic");
    let lib = "misbehaving/src/lib.rs";

    let error = provider.upload(&file, Body::from("x"), &call).await.unwrap_err();
    assert_panicked(&error, "upload was asked to panic", "misbehaving/src/upload.rs");
    let error = provider.replace(&file, &file, Body::from("x"), &call).await.unwrap_err();
    assert_panicked(&error, "upload was asked to panic", "misbehaving/src/upload.rs");
    assert_panicked(&provider.delete(&file, &call).await.unwrap_err(), "delete was asked to panic", lib);
    assert_panicked(&provider.open(&file, None, &call).await.unwrap_err(), "open was asked to panic", "src/open.rs");
    let error = provider.check_file_size(&file, 1).await.unwrap_err();
    assert_panicked(&error, "the size check panics at a limit of 1", lib);
    let error = provider.get_signed_url(&file, &SignOptions::default()).await.unwrap_err();
    assert_panicked(&error, "signing was asked to panic", lib);
    let error = provider.extension("panic", Value::Null, None, &call).await.unwrap_err();
    assert_panicked(&error, "the extension was asked to panic", lib);
    still_works(&registry).await;
}

#[tokio::test]
async fn a_payload_that_panics_in_its_own_drop_is_survived() {
    let registry = misbehaving("").open().await.unwrap();
    let error = registry.main().delete(&File::at("payload")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panic);
    still_works(&registry).await;
}

#[tokio::test]
async fn drops_that_panic_are_survived() {
    let registry = misbehaving("").open().await.unwrap();
    // The future of the call contains a value whose drop panics after the call has succeeded.
    let error = registry.main().upload(&File::at("drop"), Body::from("x")).await.unwrap_err();
    assert_panicked(&error, "a drop was asked to panic", "misbehaving/src/counts.rs");
    // The stream contains a value whose drop panics, too.
    let opened = registry.main().open_file(&File::at("drop"), None).await.unwrap();
    drop(opened);
    // The provider itself contains a value whose drop panics, too.
    let other = misbehaving("panic = \"drop\"").open().await.unwrap();
    drop(other);
    still_works(&registry).await;
}

#[tokio::test]
async fn a_stream_of_the_provider_that_panics_is_an_error() {
    let registry = misbehaving("").open().await.unwrap();
    let mut opened = registry.main().open_file(&File::at("chunk"), None).await.unwrap();
    assert!(opened.body.next().await.unwrap().is_ok());
    let error = opened.body.next().await.unwrap().unwrap_err();
    assert_panicked(&error, "the stream was asked to panic", "misbehaving/src/open.rs");
    assert!(opened.body.next().await.is_none(), "a stream that failed has ended");
    still_works(&registry).await;
}

#[tokio::test]
async fn a_stream_of_the_host_that_panics_fails_the_upload() {
    let registry = misbehaving("").open().await.unwrap();
    let chunks = stream::iter(0..3).map(|number| -> Result<Bytes> {
        assert!(number < 1, "the host's stream panics");
        Ok(Bytes::from_static(b"chunk"))
    });
    let error = registry.main().upload(&File::at("fine"), Body::from_stream(chunks, None)).await.unwrap_err();
    assert_panicked(&error, "the host's stream panics", "boundary/panics.rs");
    still_works(&registry).await;
}

#[tokio::test]
async fn a_thread_of_the_provider_that_panics_is_no_error_of_the_call() {
    let registry = misbehaving("").open().await.unwrap();
    registry.main().delete(&File::at("thread")).await.unwrap();
}

use longshore_provider::futures::StreamExt as _;
