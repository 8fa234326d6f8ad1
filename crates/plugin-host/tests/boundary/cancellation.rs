//! Dropping a call stops the provider's work, runs its clean-up and releases its memory.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use longshore_plugin_host::registry::{OpenError, Registry};
use longshore_provider::{Body, Bytes, Call, ErrorKind, File, Result, futures::stream, serde_json::json};
use tokio::sync::Mutex;

use crate::{
    generations::patched,
    project::{Project, chain, count, misbehaving},
};

/// These tests share the counters of one library, and run one at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A project with a copy of the library that has another version in its manifest. The copy is mapped separately, and
/// has its own counters.
fn alone() -> Project {
    apart(misbehaving(""))
}

fn apart(project: Project) -> Project {
    let version = [(r#""version":"0.1.0""#, r#""version":"0.1.1""#)];
    patched("longshore-fixture-misbehaving", &version, &project, "misbehaving");
    project
}

async fn until(registry: &Registry, name: &str, wanted: i64) {
    let patience = Instant::now() + Duration::from_secs(20);
    while count(registry, name).await != wanted {
        assert!(Instant::now() < patience, "`{name}` never became {wanted}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_dropped_upload_is_stopped_and_cleaned_up() {
    let _alone = ALONE.lock().await;
    let registry = alone().open().await.unwrap();
    let (uploads, cleaned) = (count(&registry, "uploads").await, count(&registry, "cleaned").await);
    let file = File::at("hang");
    let owner = Arc::new(());
    let held = Arc::clone(&owner);
    let chunks = stream::unfold(held, |held| async move { Some((Ok(Bytes::from_static(b"x")), held)) });
    let upload = registry.main().upload(&file, Body::from_stream(chunks, None));
    tokio::select! {
        _ = upload => panic!("it never ends by itself"),
        () = until(&registry, "uploads", uploads + 1) => {}
    }
    until(&registry, "uploads", uploads).await;
    until(&registry, "cleaned", cleaned + 1).await;
    assert_eq!(Arc::strong_count(&owner), 1, "the host's stream was dropped");
}

#[tokio::test]
async fn a_failed_upload_is_answered_after_its_clean_up() {
    let _alone = ALONE.lock().await;
    let registry = alone().open().await.unwrap();
    for behaviour in ["fail", "panic"] {
        let cleaned = count(&registry, "cleaned").await;
        assert!(registry.main().upload(&File::at(behaviour), Body::from("x")).await.is_err());
        assert_eq!(count(&registry, "cleaned").await, cleaned + 1, "{behaviour}");
    }
}

#[tokio::test]
async fn a_call_past_its_deadline_is_stopped_and_cleaned_up() {
    let _alone = ALONE.lock().await;
    let registry = alone().open().await.unwrap();
    let cleaned = count(&registry, "cleaned").await;
    let call = Call::new().with_timeout(Duration::from_millis(30));
    let error = registry.main().handle().upload(&File::at("hang"), Body::from("x"), &call).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, true));
    assert_eq!(count(&registry, "cleaned").await, cleaned + 1);
}

#[tokio::test]
async fn a_failed_inline_call_returns_after_its_clean_up() {
    let _alone = ALONE.lock().await;
    let registry = alone().open().await.unwrap();
    for waits in [false, true] {
        let cleaned = count(&registry, "cleaned").await;
        let failed = registry.main().handle().extension("fail", json!({ "waits": waits }), None, &Call::new()).await;
        assert_eq!(failed.err().unwrap().kind(), ErrorKind::Internal);
        assert_eq!(count(&registry, "cleaned").await, cleaned + 1, "waits: {waits}");
    }
}

#[tokio::test]
async fn a_body_that_always_has_a_chunk_does_not_keep_its_call_from_the_deadline() {
    let registry = misbehaving("").open().await.unwrap();
    for chunk in [Bytes::new(), Bytes::from_static(b"x")] {
        let endless = Body::from_stream(stream::repeat(Ok(chunk)), None);
        let call = Call::new().with_timeout(Duration::from_millis(50));
        let error = registry.main().handle().upload(&File::at("fine"), endless, &call).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.message().contains("did not end within 50ms"), "the library ended it: {error}");
        assert!(!error.message().contains("does not stop it"), "the library ended it: {error}");
    }
}

#[tokio::test]
async fn a_call_that_keeps_its_thread_returns_soon_after_its_deadline() {
    let registry = misbehaving("").open().await.unwrap();
    let call = Call::new().with_timeout(Duration::from_millis(20));
    let provider = registry.main().handle();
    let error = provider.upload(&File::at("keep-thread"), Body::from("x"), &call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("its provider does not stop it"), "{error}");
    provider.extension("let-go", json!(null), None, &Call::new()).await.unwrap();
}

#[tokio::test]
async fn a_dropped_reader_drops_the_providers_stream() {
    let _alone = ALONE.lock().await;
    let registry = alone().open().await.unwrap();
    let streams = count(&registry, "streams").await;
    let mut opened = registry.main().open_file(&File::at("fine"), None).await.unwrap();
    let made = count(&registry, "made").await;
    let _ = opened.body.next().await;
    assert_eq!(count(&registry, "streams").await, streams + 1);
    drop(opened);
    assert_eq!(count(&registry, "streams").await, streams);
    assert!(count(&registry, "made").await <= made + 1, "no further chunk is made after the drop");
}

#[tokio::test]
async fn shutdown_waits_for_clean_ups_and_refuses_new_calls() {
    let _alone = ALONE.lock().await;
    let registry = alone().open().await.unwrap();
    let cleaned = count(&registry, "cleaned").await;
    let uploads = count(&registry, "uploads").await;
    let file = File::at("hang");
    tokio::select! {
        _ = registry.main().upload(&file, Body::from("x")) => panic!("it never ends by itself"),
        () = until(&registry, "uploads", uploads + 1) => {}
    }
    assert!(registry.shutdown(Duration::from_secs(20)).await.is_empty());
    let error = registry.main().is_private().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let other = alone().open().await.unwrap();
    assert_eq!(count(&other, "cleaned").await, cleaned + 1);
}

#[tokio::test]
async fn shutdown_gives_up_after_its_limit() {
    let _alone = ALONE.lock().await;
    let registry = Arc::new(alone().open().await.unwrap());
    let uploads = count(&registry, "uploads").await;
    let busy = Arc::clone(&registry);
    let upload: tokio::task::JoinHandle<Result<_>> =
        tokio::spawn(async move { busy.main().upload(&File::at("hang"), Body::from("x")).await });
    until(&registry, "uploads", uploads + 1).await;
    assert_eq!(registry.shutdown(Duration::from_millis(50)).await, ["misbehaving"]);
    upload.abort();
}

#[tokio::test]
async fn a_dropped_provider_is_gone() {
    let _alone = ALONE.lock().await;
    let first = alone().open().await.unwrap();
    let instances = count(&first, "instances").await;
    let second = alone().open().await.unwrap();
    assert_eq!(count(&first, "instances").await, instances + 1);
    drop(second);
    until(&first, "instances", instances).await;
}

#[tokio::test]
async fn init_that_never_ends_is_given_up() {
    let project = misbehaving("hang = true");
    std::fs::write(project.path().join("config/longshore.toml"), "[limits]\nproviderTimeout = 1\n").unwrap();
    let error = project.open().await.err().unwrap();
    let OpenError::Init { source, .. } = &error else { panic!("{}", chain(&error)) };
    assert_eq!(source.kind(), ErrorKind::Timeout);
    assert!(chain(&error).contains("`init` did not end within 1 s (`limits.providerTimeout`)"), "{}", chain(&error));
    assert!(chain(&error).contains("hint: see whether what its options name can be reached"), "{error}");
}

#[tokio::test]
async fn the_base_of_an_overlay_whose_init_is_given_up_is_shut_down() {
    let _alone = ALONE.lock().await;
    let other = alone().open().await.unwrap();
    let (instances, cleaned) = (count(&other, "instances").await, count(&other, "cleaned").await);
    let upload = "[upload.config]\nprovider = \"overlaying1\"\n[upload.config.providerOptions]\nnumber = 8\n";
    let project = apart(Project::new(upload));
    std::fs::write(project.path().join("config/longshore.toml"), "[limits]\nproviderTimeout = 1\n").unwrap();
    let error = project.open().await.err().unwrap();
    assert_eq!(count(&other, "cleaned").await, cleaned + 1, "what it had begun has ended");
    assert!(chain(&error).contains("`overlaying1` could not be initialised"), "{}", chain(&error));
    until(&other, "instances", instances).await;
}
