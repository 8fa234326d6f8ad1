//! A provider for tests, with files in memory and failures on request.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use longshore_plugin_host::registry::Provider;
use longshore_provider::{
    Body, ByteRange, Call, Error, ErrorKind, File, InitContext, ObjectMeta, Opened, Result, SignOptions, SignedUrl,
    Uploaded, host::Module, key::object_key,
};
use serde_json::json;

/// The stored files, and the configured behavior.
#[derive(Default)]
pub(crate) struct InMemoryProvider {
    files: Mutex<BTreeMap<String, Bytes>>,
    behavior: Mutex<FakeBehavior>,
}

/// The configured behavior of a provider.
#[derive(Clone, Default)]
pub(crate) struct FakeBehavior {
    /// Every call fails with this error.
    pub(crate) fails: Option<Error>,
    /// Every signature fails with this error.
    pub(crate) fails_to_sign: Option<Error>,
    /// Files are private, and their URLs are signed.
    pub(crate) private: bool,
    /// The time that an upload waits before it ends.
    pub(crate) lingers: Duration,
    /// Questions about the provider itself and about URLs never return.
    pub(crate) silent: bool,
}

/// Providers are created from options alone. The options contain the number of a store in this list.
static STORES: LazyLock<Mutex<Vec<Arc<InMemoryProvider>>>> = LazyLock::new(Mutex::default);

longshore_provider::options! {
    /// Which provider.
    pub(crate) struct Options {
        number: usize,
    }
}

struct StoredInMemory(Arc<InMemoryProvider>);

impl InMemoryProvider {
    /// Opens a new in-memory provider under `name`.
    pub(crate) async fn open(name: &str) -> (Arc<Self>, Provider) {
        let (provider, number) = Self::new();
        (provider, linked(name, &[], number).await)
    }

    /// A provider called `name` that extends a provider called `base`. Both use the same new store.
    pub(crate) async fn extending(name: &str, base: &str) -> Provider {
        let (_, number) = Self::new();
        linked(name, &[(base, Module::linked::<StoredInMemory>())], number).await
    }

    fn new() -> (Arc<Self>, usize) {
        let provider = Arc::<Self>::default();
        let mut stores = lock(&STORES);
        stores.push(provider.clone());
        (provider, stores.len() - 1)
    }

    /// Waits forever if the provider is silent.
    async fn answers(&self) {
        if lock(&self.behavior).silent {
            std::future::pending::<()>().await;
        }
    }

    /// The keys of all stored files.
    pub(crate) fn keys(&self) -> Vec<String> {
        lock(&self.files).keys().cloned().collect()
    }

    /// Stores a file without the library's knowledge.
    pub(crate) fn put(&self, key: &str, content: &'static [u8]) {
        lock(&self.files).insert(key.to_owned(), Bytes::from_static(content));
    }

    /// The content of the only file.
    pub(crate) fn only(&self) -> Bytes {
        let files = lock(&self.files);
        assert_eq!(files.len(), 1, "{:?}", files.keys());
        files.values().next().unwrap().clone()
    }

    /// Changes the behavior of the provider.
    pub(crate) fn behave(&self, behavior: FakeBehavior) {
        *lock(&self.behavior) = behavior;
    }

    fn behavior(&self) -> Result<FakeBehavior> {
        let behavior = lock(&self.behavior).clone();
        behavior.fails.clone().map_or(Ok(behavior), Err)
    }

    fn find(&self, file: &File) -> Result<(ObjectMeta, Bytes)> {
        let key = object_key("", file)?;
        let files = lock(&self.files);
        let bytes = files.get(&key).ok_or_else(|| Error::not_found(&key))?.clone();
        let mut meta = ObjectMeta::new(&key, bytes.len() as u64);
        meta.etag = Some(tag(&bytes));
        meta.last_modified = Some(SystemTime::UNIX_EPOCH + Duration::from_hours(490_896));
        Ok((meta, bytes))
    }
}

impl longshore_provider::Provider for StoredInMemory {
    type Options = Options;

    async fn init(options: Options, _: InitContext) -> Result<Self> {
        Ok(Self(lock(&STORES)[options.number].clone()))
    }

    async fn upload(&self, file: &File, mut body: Body, _: &Call) -> Result<Uploaded> {
        let key = object_key("", file)?;
        let mut content = Vec::new();
        while let Some(chunk) = body.next().await {
            content.extend_from_slice(&chunk?);
        }
        tokio::time::sleep(self.0.behavior()?.lingers).await;
        let size = content.len() as u64;
        let uploaded = Uploaded::new(&key, url(&key)).with_size(size).with_etag(tag(&content));
        lock(&self.0.files).insert(key, content.into());
        Ok(uploaded)
    }

    async fn delete(&self, file: &File, _: &Call) -> Result<()> {
        self.0.behavior()?;
        lock(&self.0.files).remove(&object_key("", file)?);
        Ok(())
    }

    async fn is_private(&self) -> Result<bool> {
        self.0.answers().await;
        Ok(lock(&self.0.behavior).private)
    }

    async fn url(&self, file: &File) -> Result<String> {
        self.0.answers().await;
        object_key("", file).map(|key| url(&key))
    }

    async fn get_signed_url(&self, file: &File, _: &SignOptions) -> Result<SignedUrl> {
        if let Some(error) = self.0.behavior()?.fails_to_sign {
            return Err(error);
        }
        Ok(SignedUrl::signed(format!("https://signed.test/{}", object_key("", file)?), SystemTime::now()))
    }

    async fn open(&self, file: &File, range: Option<ByteRange>, _: &Call) -> Result<Opened> {
        self.0.behavior()?;
        let (meta, bytes) = self.0.find(file)?;
        let (start, length) = range.map_or((0, None), |range| (range.start, range.length));
        let start = usize::try_from(start).unwrap_or(usize::MAX).min(bytes.len());
        let length = length.map_or(usize::MAX, |length| usize::try_from(length).unwrap());
        let part = bytes.slice(start..bytes.len().min(start.saturating_add(length)));
        Ok(Opened::new(meta, Body::from(part)))
    }

    async fn head(&self, file: &File, _: &Call) -> Result<ObjectMeta> {
        self.0.behavior()?;
        self.0.find(file).map(|(meta, _)| meta)
    }

    async fn health(&self, _: &Call) -> Result<()> {
        self.0.behavior().map(drop)
    }
}

async fn linked(name: &str, bases: &[(&str, Module)], number: usize) -> Provider {
    let module = (name, Module::linked::<StoredInMemory>());
    let opened = Provider::linked(module, bases, &json!({ "number": number }), std::path::Path::new("/")).await;
    opened.unwrap()
}

fn url(key: &str) -> String {
    format!("/uploads/{key}")
}

/// An error with details that must not reach clients.
pub(crate) fn refusal() -> Error {
    Error::new(ErrorKind::PermissionDenied, "the key AKIA-SECRET may not write to the folder")
        .with_service_code("AccessDenied")
        .with_request_id("r-17")
}

/// The tag of a content. Contents with different lengths or bytes get different tags.
fn tag(content: &[u8]) -> String {
    let sum = content.iter().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    format!("{}-{sum:x}", content.len())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
