//! A running server, with its library and provider.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use longshore_media_library::{
    Database, FindQuery, ImageSettings, MediaLibrary, NewToken, Settings as LibrarySettings, Synchronous, TypePolicy,
};
use longshore_plugin_host::{
    config::longshore::{Action, Cors},
    registry::Registry,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    client::{Answer, Client},
    provider::InMemoryProvider,
};
use crate::{Drain, Http, LOWEST_RATE, PageSizes, Settings, StaticRoutes, UPLOAD_WAIT, metrics::Metrics, token};

/// The largest file that is accepted, in bytes.
pub(super) const SIZE_LIMIT: u64 = 8_000_000;

/// A timeout that even a busy machine does not reach.
pub(super) const LONG: Duration = Duration::from_mins(1);

/// A running server.
pub(super) struct TestServer {
    pub(super) library: MediaLibrary,
    /// The in-memory provider of the library.
    pub(super) provider: Arc<InMemoryProvider>,
    pub(super) address: std::net::SocketAddr,
    pub(super) admin: std::net::SocketAddr,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
    running: JoinHandle<()>,
    _folder: TempDir,
}

/// The settings of a server before it starts.
pub(super) struct TestSettings {
    pub(super) http: Settings,
    pub(super) library: LibrarySettings,
}

impl TestServer {
    /// Opens a server with all permissions public and generous timeouts.
    pub(super) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// Opens a server with changed settings.
    pub(super) async fn with(change: impl FnOnce(&mut TestSettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut setting = TestSettings { http: http_settings(), library: library_settings(&folder) };
        change(&mut setting);
        let (provider, opened) = InMemoryProvider::open("local").await;
        let registry = Arc::new(Registry::of(opened, []));
        let library = MediaLibrary::open(setting.library, registry.clone()).await.unwrap();
        let static_routes = StaticRoutes::of(&library, &BTreeMap::new()).await.unwrap();
        let metrics = Arc::new(Metrics::new(registry));
        let http = Http::bind(setting.http, static_routes, library.clone(), metrics.clone()).await.unwrap();
        let (address, admin) = (http.address(), http.admin_address().unwrap());
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(http.run(shutdown.clone()));
        Self { library, provider, address, admin, metrics, shutdown, running, _folder: folder }
    }

    /// Opens a connection.
    pub(super) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Sends a request on a new connection.
    pub(super) async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.connect().await.request(method, path, headers, body).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], b"").await
    }

    pub(super) async fn delete(&self, path: &str) -> Answer {
        self.request("DELETE", path, &[], b"").await
    }

    /// Uploads a form. `query` is appended to the path.
    pub(super) async fn post(&self, query: &str, form: &Form) -> Answer {
        self.request("POST", &format!("/api/upload{query}"), &[CONTENT_TYPE], &form.bytes()).await
    }

    /// Creates a token for these actions.
    pub(super) async fn token(&self, actions: &[Action]) -> String {
        let secret = token::fresh();
        let actions = actions.iter().map(|action| action.name().to_owned()).collect();
        let new = NewToken { name: "test".to_owned(), hash: token::hash(&secret), actions, valid_for: None };
        self.library.store().create_token(new).await.unwrap();
        secret
    }

    /// Requests the shutdown.
    pub(super) fn stop(&self) {
        self.shutdown.cancel();
    }

    /// Waits until the server has stopped.
    pub(super) async fn stopped(&mut self) {
        (&mut self.running).await.unwrap();
    }

    /// Waits until no change is in flight. Then checks that neither files nor rows are left.
    pub(super) async fn nothing_is_left(&self) {
        self.settled().await;
        assert_eq!(self.provider.keys(), Vec::<String>::new());
        assert_eq!(self.library.count(&FindQuery::default()).await.unwrap(), 0);
    }

    /// Does the same for requests of disconnected clients, which the server may not have noticed yet.
    pub(super) async fn nothing_is_left_soon(&self) {
        self.settled_soon().await;
        self.nothing_is_left().await;
    }

    /// Waits until the server has noticed the disconnects, and no change is in flight.
    pub(super) async fn settled_soon(&self) {
        until(async || self.metric("longshore_uploads_in_flight") == 0.0).await;
        self.settled().await;
    }

    /// Waits until a change is in flight.
    pub(super) async fn changes_have_begun(&self) {
        until(async || self.library.changes_in_flight() > 0).await;
    }

    /// Waits until `count` uploads are in flight.
    pub(super) async fn uploads_have_begun(&self, count: u32) {
        until(async || self.metric("longshore_uploads_in_flight") >= f64::from(count)).await;
    }

    fn metric(&self, name: &str) -> f64 {
        let text = self.metrics.text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.expect("there is such a metric").parse().unwrap()
    }

    /// Waits until no change is in flight.
    pub(super) async fn settled(&self) {
        until(async || self.library.changes_in_flight() == 0).await;
    }
}

/// Waits until a condition is true.
pub(super) async fn until(is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, waiting).await.expect("it becomes so");
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.shutdown.cancel();
        self.running.abort();
    }
}

/// The content type of a [`Form`].
pub(super) const CONTENT_TYPE: (&str, &str) = ("Content-Type", "multipart/form-data; boundary=XX");

/// A body of `multipart/form-data`.
#[derive(Clone, Default)]
pub(super) struct Form(Vec<u8>);

impl Form {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a file in the field `files`.
    pub(super) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.part(&format!("name=\"files\"; filename=\"{name}\"\r\nContent-Type: text/plain"), content)
    }

    /// Adds a text field.
    pub(super) fn field(self, name: &str, text: &str) -> Self {
        self.part(&format!("name=\"{name}\""), text)
    }

    /// Adds a part. `head` is the rest of the part's header.
    pub(super) fn part(mut self, head: &str, content: impl AsRef<[u8]>) -> Self {
        self.0.extend_from_slice(format!("--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes());
        self.0.extend_from_slice(content.as_ref());
        self.0.extend_from_slice(b"\r\n");
        self
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        [&self.0[..], b"--XX--\r\n"].concat()
    }
}

fn http_settings() -> Settings {
    let anywhere = "127.0.0.1:0".parse().unwrap();
    Settings {
        bind: anywhere,
        admin_bind: Some(anywhere),
        connections: 100,
        header_timeout: LONG,
        body_timeout: LONG,
        lowest_rate: LOWEST_RATE,
        idle_timeout: LONG,
        shutdown_timeout: LONG,
        uploads: 64,
        upload_wait: UPLOAD_WAIT,
        files: 20,
        fields: 100_000,
        page_sizes: PageSizes { default: 25, most: 100 },
        public: Action::ALL.into(),
        cors: Cors::default(),
        docs: false,
        drain: Drain::default(),
    }
}

pub(crate) fn library_settings(folder: &TempDir) -> LibrarySettings {
    LibrarySettings {
        database: Database::Sqlite { file: folder.path().join("table.sqlite"), synchronous: Synchronous::Normal },
        size_limit: SIZE_LIMIT,
        small_file: 100_000,
        concurrent_files: 4,
        breakpoints: vec![("small".to_owned(), 500)],
        images: ImageSettings {
            size_optimization: true,
            responsive_dimensions: true,
            auto_orientation: false,
            max_bytes: 10_000_000,
            max_side: 10_000,
            max_pixels: 10_000_000,
            memory: 100_000_000,
            workers: 1,
        },
        types: TypePolicy::default(),
        links: None,
        webhooks: Vec::new(),
        lease: LONG,
        provider_stall: LONG,
        memory_wait: Some(LONG),
        sweep_every: LONG,
    }
}
