//! The overlay on a base of our own, put together as a host does it.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    path::Path,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use longshore_aws_s3_private::PrivateAwsS3;
use longshore_provider::{
    BaseOptions, Body, Call, ErrorKind, File, Handle, InitContext, Provider, Result, SignOptions, SignedUrl, Uploaded,
    host::{Init, Module},
    serde_json::{Map, Value, json},
};
use longshore_provider_abi::{
    RString, RVec,
    v1::{WireCallsite, WireHost, WireScope, WireValue, WireWatcher, host_object},
};

/// Signs what has a key, says in the URL for how many seconds, and tells what it got.
struct Recorder {
    options: Value,
}

impl Provider for Recorder {
    type Options = BaseOptions;

    async fn init(options: BaseOptions, _: InitContext) -> Result<Self> {
        Ok(Self { options: options.0 })
    }

    async fn upload(&self, file: &File, _: Body, call: &Call) -> Result<Uploaded> {
        let mut uploaded = Uploaded::new(&file.hash, "https://bucket.example/plain");
        uploaded.provider_metadata = Some(json!({ "options": self.options, "private": call.private }));
        Ok(uploaded)
    }

    async fn delete(&self, _: &File, _: &Call) -> Result<()> {
        Ok(())
    }

    async fn get_signed_url(&self, file: &File, options: &SignOptions) -> Result<SignedUrl> {
        let Some(key) = &file.key else { return Ok(SignedUrl::unsigned("https://elsewhere.example/x")) };
        let seconds = options.expires_in.map_or(900, |expires_in| expires_in.as_secs());
        Ok(SignedUrl::signed(format!("https://bucket.example/{key}?expires={seconds}"), SystemTime::UNIX_EPOCH))
    }

    async fn url(&self, _: &File) -> Result<String> {
        Ok("https://bucket.example/plain".into())
    }
}

/// The log of the process.
static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Listener;

impl WireHost for Listener {
    fn max_level(&self) -> u8 {
        2
    }

    fn epoch(&self) -> u64 {
        1
    }

    fn watch(&self, _: WireWatcher) {}

    fn register_callsite(&self, callsite: WireCallsite) -> u64 {
        u64::from(callsite.target.starts_with("longshore_aws_s3_private") && callsite.level == 2)
    }

    fn interest(&self, callsite: u64) -> u8 {
        if callsite == 1 { 2 } else { 0 }
    }

    fn enabled(&self, callsite: u64, _: WireScope) -> bool {
        callsite == 1
    }

    fn event(&self, _: u64, _: WireScope, values: RVec<WireValue>) {
        LOGGED.lock().unwrap().extend(values.into_iter().map(|value| value.text.into_string()));
    }

    fn new_span(&self, _: u64, _: WireScope, _: RVec<WireValue>) -> u64 {
        1
    }

    fn record(&self, _: u64, _: RVec<WireValue>) {}

    fn follows_from(&self, _: u64, _: u64) {}

    fn close_span(&self, _: u64) {}

    fn lost(&self, _: u64) {}

    fn ask(&self, _: RString, _: RString) -> RString {
        RString::new()
    }
}

async fn made(module: Module, options: &Value, base: Option<&Handle>) -> Result<Handle> {
    let init = Init {
        options,
        name: "aws-s3-private",
        project: Path::new("/"),
        action_options: &Map::new(),
        workers: 1,
        host: host_object(Listener),
        base,
    };
    module.init(init).await
}

async fn private(options: Value) -> Result<Handle> {
    let overlay = Module::linked_overlay::<PrivateAwsS3>();
    let base = made(Module::linked::<Recorder>(), &overlay.base_options(&options)?, None).await?;
    made(overlay, &options, Some(&base)).await
}

#[tokio::test]
async fn files_are_private_with_every_acl_option() {
    let provider = private(json!({ "s3Options": { "params": { "ACL": "public-read" } } })).await.unwrap();
    assert!(provider.is_private().await.unwrap());
}

#[tokio::test]
async fn the_base_gets_an_upload_with_private_options_and_an_unwrapped_call() {
    let provider = private(json!({ "s3Options": { "params": { "ACL": "public-read" } } })).await.unwrap();
    let call = Call::new().with_private(true);
    let uploaded = provider.upload(&File::named("key", ""), Body::empty(), &call).await.unwrap();
    assert_eq!(uploaded.url, "https://bucket.example/plain");
    let expected = json!({ "options": { "s3Options": { "params": { "ACL": "none" } } }, "private": true });
    assert_eq!(uploaded.provider_metadata, Some(expected));
}

#[tokio::test]
async fn every_url_is_the_bases_signed_one() {
    let provider = private(json!({})).await.unwrap();
    let options = SignOptions::expires(Duration::from_secs(42));
    let url = provider.get_signed_url(&File::stored("key"), &options).await.unwrap();
    assert_eq!((url.url.as_str(), url.signed), ("https://bucket.example/key?expires=42", true));
    assert_eq!(provider.url(&File::stored("key")).await.unwrap(), "https://bucket.example/plain");
}

#[tokio::test]
async fn a_url_without_signature_is_an_error_for_that_file_alone() {
    let provider = private(json!({})).await.unwrap();
    let files = [File::stored("a"), File::named("foreign", ""), File::stored("b")];
    let urls = provider.get_signed_urls(&files, &SignOptions::default()).await.unwrap();
    assert_eq!(urls[0].as_ref().unwrap().url, "https://bucket.example/a?expires=900");
    assert_eq!(urls[1].as_ref().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(urls[2].as_ref().unwrap().url, "https://bucket.example/b?expires=900");
}

#[tokio::test]
async fn a_base_url_is_refused() {
    let error = private(json!({ "baseUrl": "https://cdn.example.org" })).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOptions);
    assert!(error.message().contains("CDN"), "{error}");
    private(json!({ "baseUrl": "" })).await.unwrap();
}

#[tokio::test]
async fn init_logs_nothing() {
    private(json!({})).await.unwrap();
    let logged = LOGGED.lock().unwrap();
    assert!(logged.is_empty(), "{logged:?}");
}
