//! A complete provider in memory, which keeps the contract in the simplest way.
//!
//! With `serve` it also serves its URLs over HTTP on a port of its own, which makes public, private, signed and expired
//! URLs behave differently. Use it for tests only: files are lost with the provider, and its signatures are not
//! cryptographic.

mod server;
mod store;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use longshore_provider::{
    Body, ByteRange, Call, Error, ErrorKind, File, InitContext, ListPage, ListRequest, ListedObject, ObjectMeta,
    Opened, Provider, Result, Secret, SignOptions, SignedUrl, Uploaded,
    key::{object_key, root_prefix, url_path},
};

use self::{server::Server, store::InMemoryStore};

longshore_provider::options! {
    /// Options of the reference provider.
    #[derive(Clone, Debug, Default)]
    pub struct ReferenceOptions {
        /// A prefix of all keys.
        #[serde(default)]
        pub root_path: String,
        /// The largest file in bytes: the default is 32 MiB.
        #[serde(default)]
        pub max_bytes: Option<usize>,
        /// Whether files can be read only by signed URLs.
        #[serde(default)]
        pub private: bool,
        /// Whether URLs are served, on a port of this machine that is free.
        #[serde(default)]
        pub serve: bool,
        /// What URLs are signed with.
        #[serde(default)]
        pub secret: Secret,
    }
}

/// Files in memory, stored and replaced atomically. Clones share their files.
#[derive(Clone)]
pub struct Reference {
    options: ReferenceOptions,
    store: Arc<InMemoryStore>,
    server: Option<Arc<Server>>,
    /// Whether private files are stored as private. `false` breaks the case `private.hidden` on purpose.
    honest: bool,
}

const MAX_BYTES: usize = 32 << 20;
/// The default validity of a signed URL.
const EXPIRY: Duration = Duration::from_mins(15);
/// The size of the chunks that `open` returns, in bytes.
const CHUNK: usize = 256 * 1024;

impl Provider for Reference {
    type Options = ReferenceOptions;

    async fn init(options: ReferenceOptions, _: InitContext) -> Result<Self> {
        Self::new(options).await
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let key = self.key(file)?;
        let bytes = body.into_bytes(self.options.max_bytes.unwrap_or(MAX_BYTES)).await?;
        let private = (self.options.private || call.private) && self.honest;
        let entry = self.store.put(&key, bytes, &file.mime, private);
        Ok(Uploaded::new(&key, self.plain_url(&key)).with_etag(entry.etag()).with_size(entry.bytes.len() as u64))
    }

    async fn delete(&self, file: &File, _: &Call) -> Result<()> {
        self.store.remove(&self.key(file)?);
        Ok(())
    }

    async fn is_private(&self) -> Result<bool> {
        Ok(self.options.private)
    }

    async fn get_signed_url(&self, file: &File, options: &SignOptions) -> Result<SignedUrl> {
        let key = self.key(file)?;
        let Some(server) = &self.server else { return Ok(SignedUrl::unsigned(self.plain_url(&key))) };
        let expires_at = SystemTime::now() + options.expires_in.unwrap_or(EXPIRY);
        Ok(SignedUrl::signed(server.signed(&key, expires_at), expires_at))
    }

    async fn url(&self, file: &File) -> Result<String> {
        Ok(self.plain_url(&self.key(file)?))
    }

    async fn key(&self, file: &File) -> Result<String> {
        Self::key(self, file)
    }

    async fn open(&self, file: &File, range: Option<ByteRange>, _: &Call) -> Result<Opened> {
        let key = self.key(file)?;
        let entry = self.store.get(&key).ok_or_else(|| Error::not_found(&key))?;
        let bytes = match range {
            None => entry.bytes.clone(),
            Some(range) => {
                let size = entry.bytes.len();
                let start = usize::try_from(range.start).ok().filter(|start| *start == 0 || *start < size);
                let start = start.ok_or_else(|| {
                    Error::invalid_input(format!("the range starts at {}, behind the {size} bytes", range.start))
                })?;
                let length = range.length.and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
                entry.bytes.slice(start..size.min(start.saturating_add(length)))
            }
        };
        let size = bytes.len() as u64;
        let chunks: Vec<_> = bytes.chunks(CHUNK).map(|chunk| Ok(bytes.slice_ref(chunk))).collect();
        let body = Body::from_stream(longshore_provider::futures::stream::iter(chunks), Some(size));
        Ok(Opened::new(entry.meta(&key), body))
    }

    async fn head(&self, file: &File, _: &Call) -> Result<ObjectMeta> {
        let key = self.key(file)?;
        self.store.get(&key).map(|entry| entry.meta(&key)).ok_or_else(|| Error::not_found(&key))
    }

    async fn list(&self, request: &ListRequest, _: &Call) -> Result<ListPage> {
        let root = root_prefix(&self.options.root_path);
        let limit = if request.limit == 0 { 1000 } else { request.limit as usize };
        let mut objects: Vec<ListedObject> = Vec::new();
        for (key, entry) in self.store.starting_with(&format!("{root}{}", request.prefix)) {
            let relative_key = key[root.len()..].to_owned();
            if request.after.as_ref().is_none_or(|after| relative_key > *after) {
                objects.push(listed(key, relative_key, &entry.meta("")));
            }
        }
        let more = objects.len() > limit;
        objects.truncate(limit);
        let next = objects.last().filter(|_| more).map(|last| last.relative_key.clone());
        let mut page = ListPage::last(objects);
        page.next = next;
        Ok(page)
    }
}

impl Reference {
    /// Creates a provider from these options.
    ///
    /// # Errors
    ///
    /// No port is free.
    pub async fn new(options: ReferenceOptions) -> Result<Self> {
        Self::flawed(options, "").await
    }

    /// Creates a provider that fails the case `breaks`, if `breaks` is a case about serving URLs.
    #[doc(hidden)]
    pub async fn flawed(options: ReferenceOptions, breaks: &str) -> Result<Self> {
        let store = Arc::new(InMemoryStore::default());
        let mut server = None;
        if options.serve {
            let started = Server::start(Arc::clone(&store), options.secret.expose(), breaks).await;
            server = Some(Arc::new(started.map_err(|error| {
                Error::new(ErrorKind::Unavailable, "no port could be opened for the URLs").caused_by(&error)
            })?));
        }
        Ok(Self { options, store, server, honest: breaks != "private.hidden" })
    }

    /// Returns the key under which a file is stored.
    ///
    /// # Errors
    ///
    /// The file has no key, or an invalid one.
    pub fn key(&self, file: &File) -> Result<String> {
        object_key(&self.options.root_path, file)
    }

    fn plain_url(&self, key: &str) -> String {
        match &self.server {
            Some(server) => server.plain(key),
            None => format!("reference+http://memory/{}", url_path(key)),
        }
    }
}

fn listed(key: String, relative_key: String, meta: &ObjectMeta) -> ListedObject {
    let mut listed = ListedObject::new(key, relative_key, meta.size);
    listed.etag.clone_from(&meta.etag);
    listed.last_modified = meta.last_modified;
    listed
}
