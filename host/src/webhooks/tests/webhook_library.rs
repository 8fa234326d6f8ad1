//! A media library that sends the events of its changes to webhooks.

use std::{sync::Arc, time::Duration};

use longshore_http_api::metrics::Metrics;
use longshore_media_library::{
    Database, ImageSettings, Incoming, MediaFile, MediaLibrary, Settings, Synchronous, TypePolicy, Webhook,
};
use longshore_provider::Body;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use super::super::{WebhookDispatcher, client::Client};
use crate::null_provider;

pub(super) struct WebhookLibrary {
    library: MediaLibrary,
    webhooks: Vec<Webhook>,
    metrics: Arc<Metrics>,
    _folder: TempDir,
}

/// A running dispatcher. Dropping it aborts the task.
pub(super) struct Running {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl WebhookLibrary {
    pub(super) async fn new(webhooks: &[Webhook]) -> Self {
        let folder = TempDir::new().unwrap();
        let settings = settings(&folder, webhooks);
        let providers = null_provider::registry().await;
        let metrics = Arc::new(Metrics::new(providers.clone()));
        let library = MediaLibrary::open(settings, providers).await.unwrap();
        Self { library, webhooks: webhooks.to_vec(), metrics, _folder: folder }
    }

    pub(super) async fn upload(&self, name: &str) -> MediaFile {
        let mut batch = self.library.begin().unwrap();
        let body = Body::from(longshore_provider::Bytes::from_static(b"hello"));
        batch
            .add(Incoming { name: name.to_owned(), declared_mime: None, size: Some(5), at_most: None, body })
            .await
            .unwrap();
        batch.finish().await.unwrap().remove(0)
    }

    /// Starts a dispatcher for the webhooks of the library, with a short timeout for attempts.
    pub(super) fn deliver(&self) -> Running {
        self.deliver_to(&self.webhooks)
    }

    pub(super) fn deliver_to(&self, webhooks: &[Webhook]) -> Running {
        let client = Client::with_limit(Duration::from_secs(1));
        let store = self.library.store().clone();
        let dispatcher = WebhookDispatcher::with_client(store, webhooks, self.metrics.clone(), client);
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(dispatcher.run(async {
            let _ = stopped.await;
        }));
        Running { stop: Some(stop), task }
    }

    /// Whether the outbox contains events.
    pub(super) async fn waits(&self) -> bool {
        self.library.store().next_due().await.unwrap().is_some()
    }

    pub(super) async fn outbox_empties(&self) {
        until(async || !self.waits().await).await;
    }

    /// Waits until all due events have been taken or postponed.
    pub(super) async fn until_taken(&self) {
        until(async || self.library.store().next_due().await.unwrap().is_some_and(|wait| !wait.is_zero())).await;
    }

    pub(super) fn has(&self, line: &str) {
        let text = self.metrics.text();
        assert!(text.contains(line), "no `{line}` in:\n{text}");
    }

    pub(super) async fn eventually(&self, line: &str) {
        until(async || self.metrics.text().contains(line)).await;
    }
}

impl Running {
    /// Stops the dispatcher, and waits for the running deliveries.
    pub(super) async fn stop(mut self) {
        drop(self.stop.take());
        (&mut self.task).await.unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A webhook that gets all events.
pub(super) fn webhook(url: &str) -> Webhook {
    let events = longshore_plugin_host::config::longshore::EVENTS.map(str::to_owned).to_vec();
    Webhook { url: url.to_owned(), events, secret: None, headers: Vec::new() }
}

async fn until(condition: impl AsyncFn() -> bool) {
    for _ in 0..3000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come to pass");
}

fn settings(folder: &TempDir, webhooks: &[Webhook]) -> Settings {
    Settings {
        database: Database::Sqlite { file: folder.path().join("table.db"), synchronous: Synchronous::Normal },
        size_limit: 0,
        small_file: 1024,
        concurrent_files: 1,
        breakpoints: Vec::new(),
        images: ImageSettings {
            size_optimization: false,
            responsive_dimensions: false,
            auto_orientation: false,
            max_bytes: 1024,
            max_side: 10,
            max_pixels: 100,
            memory: 1024,
            workers: 1,
        },
        types: TypePolicy::default(),
        links: None,
        webhooks: webhooks.to_vec(),
        lease: Duration::from_mins(1),
        provider_stall: Duration::from_secs(20),
        memory_wait: None,
        sweep_every: Duration::from_mins(1),
    }
}
