//! A provider in memory with injected faults: linked into the tests, behind the same wire types as any other provider.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use longshore_provider::{
    Body, ByteRange, Bytes, Call, Error, ErrorKind, File, InitContext, ListPage, ListRequest, ListedObject, ObjectMeta,
    Opened, Provider, Result, SignOptions, SignedUrl, Uploaded, key::object_key,
};

longshore_provider::options! {
    /// Options of the provider `storage`.
    pub(crate) struct InMemoryOptions {
        /// Which storage of this process.
        id: String,
    }
}

/// The objects of a provider, and the faults that a test injects.
#[derive(Clone, Default)]
pub(crate) struct InMemoryStorage(Arc<Mutex<State>>);

/// The provider on a storage.
pub(crate) struct InMemoryProvider(InMemoryStorage);

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Bytes>,
    private: bool,
    /// The URL to return instead of the usual one.
    url: Option<String>,
    /// The bytes of metadata to return.
    metadata: usize,
    /// The largest file that it takes.
    largest: Option<u64>,
    /// Whether it lists.
    lists: bool,
    /// Faults by the name of the call and a part of the key; each with how many calls it lets pass, and strikes.
    faults: Vec<PlannedFault>,
    calls: Vec<String>,
    /// How often it was copied elsewhere and back.
    copies: usize,
}

struct PlannedFault {
    call: &'static str,
    key: &'static str,
    pass: usize,
    fault: Fault,
}

/// How a call fails.
#[derive(Clone)]
pub(crate) enum Fault {
    /// With an error, before it did anything.
    Fail(ErrorKind),
    /// With an error, after it has done its work: as when the answer is lost.
    FailAfter(ErrorKind),
    /// As when the service holds it for so long: the answer is an error, and the work is done later. Of writes and removals.
    Late(Duration),
    /// Never answers.
    Hang,
    /// Panics.
    Panic,
    /// Takes its time.
    Delay(Duration),
}

/// What strikes after the work.
enum After {
    Fail(ErrorKind),
    Late(Duration),
}

static STORAGES: LazyLock<Mutex<HashMap<String, InMemoryStorage>>> = LazyLock::new(Mutex::default);

impl InMemoryStorage {
    /// The storage of that id, made when there is none.
    pub(crate) fn of(id: &str) -> Self {
        STORAGES.lock().unwrap_or_else(PoisonError::into_inner).entry(id.to_owned()).or_default().clone()
    }

    /// The keys that are stored.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.state().objects.keys().cloned().collect()
    }

    /// The bytes under a key.
    pub(crate) fn bytes(&self, key: &str) -> Option<Bytes> {
        self.state().objects.get(key).cloned()
    }

    /// Every later call named `call` of a key that contains `key` fails so, after `pass` of them went well.
    pub(crate) fn fail_calls(&self, call: &'static str, key: &'static str, pass: usize, fault: Fault) {
        self.state().faults.push(PlannedFault { call, key, pass, fault });
    }

    /// Nothing fails any longer.
    pub(crate) fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// As a folder that was copied, or restored: the bytes are the same, and every tag is another one.
    pub(crate) fn copy_and_restore(&self) {
        self.state().copies += 1;
    }

    /// It takes files of up to so many bytes, whatever the limit of the library.
    pub(crate) fn take_at_most(&self, bytes: u64) {
        self.state().largest = Some(bytes);
    }

    /// Every later upload returns this URL, and so many bytes of metadata.
    pub(crate) fn return_from_uploads(&self, url: &str, metadata: usize) {
        let mut state = self.state();
        (state.url, state.metadata) = (Some(url.to_owned()), metadata);
    }

    /// It lists its objects, two on a page.
    pub(crate) fn list_objects(&self) {
        self.state().lists = true;
    }

    /// Stores bytes without the provider.
    pub(crate) fn put(&self, key: &str, bytes: &'static str) {
        self.state().objects.insert(key.to_owned(), bytes.into());
    }

    /// Removes an object without the provider.
    pub(crate) fn take(&self, key: &str) -> Option<Bytes> {
        self.state().objects.remove(key)
    }

    /// Whether URLs are signed.
    pub(crate) fn set_private(&self, private: bool) {
        self.state().private = private;
    }

    /// The calls so far, `name key`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    fn tag(&self, bytes: &[u8]) -> String {
        format!("{}-{}", self.state().copies, sum(bytes))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault_of(&self, call: &str, key: &str) -> Option<Fault> {
        let mut state = self.state();
        state.calls.push(format!("{call} {key}"));
        for fault in &mut state.faults {
            if fault.call == call && key.contains(fault.key) {
                if fault.pass == 0 {
                    return Some(fault.fault.clone());
                }
                fault.pass -= 1;
            }
        }
        None
    }

    /// Strikes before the work; answers what is to fault after it.
    async fn before(&self, call: &str, key: &str) -> Result<Option<After>> {
        match self.fault_of(call, key) {
            Some(Fault::Fail(kind)) => Err(Error::new(kind, "an injected fault")),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Panic) => panic!("an injected fault"),
            Some(Fault::Delay(time)) => {
                longshore_provider::tokio::time::sleep(time).await;
                Ok(None)
            }
            Some(Fault::FailAfter(kind)) => Ok(Some(After::Fail(kind))),
            Some(Fault::Late(time)) => Ok(Some(After::Late(time))),
            None => Ok(None),
        }
    }
}

impl InMemoryProvider {
    async fn write(&self, call: &str, file: &File, mut body: Body) -> Result<Uploaded> {
        let key = object_key("root", file)?;
        let after = self.0.before(call, &key).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            bytes.extend_from_slice(&chunk?);
        }
        let url = self.0.state().url.clone();
        let mut uploaded = Uploaded::new(&key, url.unwrap_or_else(|| format!("https://storage.test/{key}")))
            .with_size(bytes.len() as u64)
            .with_etag(self.0.tag(&bytes));
        let metadata = self.0.state().metadata;
        uploaded.provider_metadata = (metadata > 0).then(|| "x".repeat(metadata).into());
        let all = self.0.clone();
        let put = move || drop(all.state().objects.insert(key, bytes.into()));
        match after {
            Some(After::Late(time)) => {
                later(time, put);
                Err(Error::new(ErrorKind::Timeout, "an injected fault"))
            }
            Some(After::Fail(kind)) => {
                put();
                Err(Error::new(kind, "an injected fault"))
            }
            None => {
                put();
                Ok(uploaded)
            }
        }
    }
}

impl Provider for InMemoryProvider {
    type Options = InMemoryOptions;

    async fn init(options: InMemoryOptions, _: InitContext) -> Result<Self> {
        Ok(Self(InMemoryStorage::of(&options.id)))
    }

    async fn upload(&self, file: &File, body: Body, _: &Call) -> Result<Uploaded> {
        self.write("upload", file, body).await
    }

    async fn replace(&self, new: &File, _: &File, body: Body, _: &Call) -> Result<Uploaded> {
        self.write("replace", new, body).await
    }

    async fn delete(&self, file: &File, _: &Call) -> Result<()> {
        let key = object_key("root", file)?;
        let after = self.0.before("delete", &key).await?;
        let all = self.0.clone();
        let take = move || drop(all.state().objects.remove(&key));
        match after {
            Some(After::Late(time)) => {
                later(time, take);
                Err(Error::new(ErrorKind::Timeout, "an injected fault"))
            }
            Some(After::Fail(kind)) => {
                take();
                Err(Error::new(kind, "an injected fault"))
            }
            None => {
                take();
                Ok(())
            }
        }
    }

    async fn head(&self, file: &File, _: &Call) -> Result<ObjectMeta> {
        let key = object_key("root", file)?;
        self.0.before("head", &key).await?;
        let bytes = self.0.bytes(&key).ok_or_else(|| Error::not_found(&key))?;
        let mut meta = ObjectMeta::new(key, bytes.len() as u64);
        meta.etag = Some(self.0.tag(&bytes));
        Ok(meta)
    }

    async fn open(&self, file: &File, _: Option<ByteRange>, _: &Call) -> Result<Opened> {
        let key = object_key("root", file)?;
        self.0.before("open", &key).await?;
        let bytes = self.0.bytes(&key).ok_or_else(|| Error::not_found(&key))?;
        Ok(Opened::new(ObjectMeta::new(key, bytes.len() as u64), Body::from(bytes)))
    }

    async fn key(&self, file: &File) -> Result<String> {
        object_key("root", file)
    }

    async fn list(&self, request: &ListRequest, _: &Call) -> Result<ListPage> {
        self.0.before("list", "").await?;
        let state = self.0.state();
        if !state.lists {
            return Err(Error::new(ErrorKind::Unsupported, "it does not list"));
        }
        let after = request.after.clone().unwrap_or_default();
        let mut objects = state.objects.iter().filter(|(key, _)| **key > after);
        let page: Vec<(&String, &Bytes)> = objects.by_ref().take(2).collect();
        let listed = page
            .iter()
            .map(|(key, bytes)| ListedObject::new(*key, key.strip_prefix("root/").unwrap_or(key), bytes.len() as u64));
        let answer = ListPage::last(listed.collect());
        Ok(match (objects.next(), page.last()) {
            (Some(_), Some((last, _))) => answer.with_next(*last),
            _ => answer,
        })
    }

    async fn check_file_size(&self, file: &File, size_limit: u64) -> Result<()> {
        let largest = self.0.state().largest.unwrap_or(size_limit);
        if file.size.is_some_and(|size| size > largest) {
            return Err(Error::new(ErrorKind::TooLarge, "it does not fit on the storage"));
        }
        Ok(())
    }

    async fn url(&self, file: &File) -> Result<String> {
        let key = object_key("root", file)?;
        self.0.before("url", &key).await?;
        Ok(format!("https://storage.test/{key}"))
    }

    async fn is_private(&self) -> Result<bool> {
        self.0.before("is_private", "").await?;
        Ok(self.0.state().private)
    }

    async fn get_signed_url(&self, file: &File, _: &SignOptions) -> Result<SignedUrl> {
        let key = object_key("root", file)?;
        self.0.before("sign", &key).await?;
        let soon = SystemTime::now() + Duration::from_mins(15);
        Ok(SignedUrl::signed(format!("https://storage.test/{key}?signature=1"), soon))
    }
}

fn later(time: Duration, work: impl FnOnce() + Send + 'static) {
    longshore_provider::tokio::spawn(async move {
        longshore_provider::tokio::time::sleep(time).await;
        work();
    });
}

fn sum(bytes: &[u8]) -> String {
    let sum = bytes
        .iter()
        .fold(14_695_981_039_346_656_037_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(1_099_511_628_211));
    format!("{sum:016x}")
}
