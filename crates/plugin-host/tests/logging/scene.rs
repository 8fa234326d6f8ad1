//! The provider `misbehaving`, opened by a host with a subscriber.

use std::{sync::LazyLock, time::Duration};

use longshore_plugin_host::{
    config::{LoadRequest, load},
    flush_logs,
    load::Loader,
    registry::Registry,
};
use longshore_provider::{
    Call,
    serde_json::{Value, json},
};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use tracing_subscriber::{EnvFilter, Registry as Spans, layer::SubscriberExt, reload};

use crate::collector::Collector;

/// What the filter says unless a test changes it.
const FILTER: &str = "info,misbehaving::stock=debug";

static FILTER_HANDLE: LazyLock<reload::Handle<EnvFilter, Spans>> = LazyLock::new(|| {
    let (filter, handle) = reload::Layer::new(EnvFilter::new(FILTER));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(filter).with(Collector)).unwrap();
    handle
});

/// A process has one subscriber: the tests take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// An opened provider.
pub(crate) struct Scene {
    pub(crate) registry: Registry,
    _folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Scene {
    pub(crate) async fn open() -> Self {
        let turn = TURN.lock().await;
        filter(FILTER);
        longshore_built::folder();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("config")).unwrap();
        let toml = "[upload.config]\nprovider = \"misbehaving\"\n";
        std::fs::write(folder.path().join("config/plugins.toml"), toml).unwrap();
        let config = load(&LoadRequest::in_folder(folder.path())).unwrap();
        let registry = Registry::open(&Loader::new(folder.path()), &config).await.unwrap();
        Self { registry, _folder: folder, _turn: turn }
    }

    /// Has the provider log.
    pub(crate) async fn log(&self, what: &str) {
        self.log_many(json!({ "what": what })).await;
    }

    pub(crate) async fn log_many(&self, input: Value) {
        self.registry.main().handle().extension("log", input, None, &Call::new()).await.unwrap();
    }
}

/// Changes the host's filter.
pub(crate) fn filter(directives: &str) {
    FILTER_HANDLE.reload(EnvFilter::new(directives)).unwrap();
}

/// Waits until all that was logged has been emitted.
pub(crate) fn flush() {
    assert!(flush_logs(Duration::from_mins(1)), "the log is not emitted");
}
