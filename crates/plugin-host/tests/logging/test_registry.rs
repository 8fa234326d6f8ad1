//! The provider `misbehaving`, opened by a host with a subscriber.

use std::{path::Path, sync::LazyLock, time::Duration};

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

/// The filter's directives unless a test changes them.
const FILTER: &str = "info,misbehaving::stock=debug";

static FILTER_HANDLE: LazyLock<reload::Handle<EnvFilter, Spans>> = LazyLock::new(|| {
    let (filter, handle) = reload::Layer::new(EnvFilter::new(FILTER));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(filter).with(Collector)).unwrap();
    handle
});

/// A process has one subscriber: the tests take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// An opened provider.
pub(crate) struct TestRegistry {
    pub(crate) registry: Registry,
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl TestRegistry {
    pub(crate) async fn open() -> Self {
        let turn = TURN.lock().await;
        filter(FILTER);
        longshore_test_artifacts::folder();
        let folder = tempfile::tempdir().unwrap();
        let registry = open(folder.path(), "misbehaving").await;
        Self { registry, folder, _turn: turn }
    }

    /// Opens another provider.
    pub(crate) async fn open_another(&self, provider: &str) -> Registry {
        open(&self.folder.path().join(provider), provider).await
    }

    /// The number of the provider's lost records so far.
    pub(crate) fn lost(&self) -> u64 {
        self.registry.lost_logs()["misbehaving"]
    }

    /// Makes the provider log.
    pub(crate) async fn log(&self, what: &str) {
        self.log_many(json!({ "what": what })).await;
    }

    pub(crate) async fn log_many(&self, input: Value) {
        self.registry.main().handle().extension("log", input, None, &Call::new()).await.unwrap();
    }
}

async fn open(folder: &Path, provider: &str) -> Registry {
    std::fs::create_dir_all(folder.join("config")).unwrap();
    let toml = format!("[upload.config]\nprovider = \"{provider}\"\n");
    std::fs::write(folder.join("config/plugins.toml"), toml).unwrap();
    let config = load(&LoadRequest::in_folder(folder)).unwrap();
    Registry::open(&Loader::new(folder), &config).await.unwrap()
}

/// Changes the host's filter.
pub(crate) fn filter(directives: &str) {
    FILTER_HANDLE.reload(EnvFilter::new(directives)).unwrap();
}

/// Waits until all records are emitted.
pub(crate) fn flush() {
    assert!(flush_logs(Duration::from_mins(1)), "the log is not emitted");
}
