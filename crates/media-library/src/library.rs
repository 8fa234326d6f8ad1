//! The media library: its operations, each in a file of its own.
//!
//! A change runs as a task of its own: whoever asked for it may go away at any point, and the task still ends with
//! rows and objects that belong together.

mod batch;
mod busy;
mod draft;
mod held;
mod image_memory;
mod incoming;
mod leases;
mod objects;
mod overtaken;
mod pending;
mod remove;
mod replace;
mod replacing;
mod serving;
mod settle;
mod sign;
mod storing;
mod sweep;
mod update;
mod watched;

use std::{sync::Arc, time::Duration};

use futures::Stream;
use longshore_images::ImagePipeline;
use longshore_plugin_host::{registry::Registry, trace_parent::carried};
use longshore_provider::File;
use tokio::runtime::Handle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{image_memory::ImageMemory, leases::Leases};
use crate::{Error, FileId, FindQuery, MediaFile, Result, Settings, store::Store};

pub use self::{batch::Batch, incoming::Incoming, replace::Replacement};

/// Files on providers, with a table of them. Cheap to clone; all clones are one library.
#[derive(Clone)]
pub struct MediaLibrary {
    shared: Arc<Shared>,
}

/// What all operations use.
struct Shared {
    settings: Settings,
    store: Store,
    registry: Arc<Registry>,
    images: ImagePipeline,
    leases: Leases,
    image_memory: ImageMemory,
    /// Changes that run; shutdown waits for them.
    changes: TaskTracker,
    /// Where clean-ups run that nobody waits for.
    runtime: Handle,
    /// No more changes are begun.
    closing: CancellationToken,
    /// None runs any longer.
    ended: CancellationToken,
}

impl MediaLibrary {
    /// Opens the table and brings it up to date.
    ///
    /// Nothing is swept yet: see [`run_sweeper`](Self::run_sweeper).
    pub async fn open(settings: Settings, registry: Arc<Registry>) -> Result<Self> {
        let store = Store::open(&settings.database, &settings.webhooks).await?;
        let shared = Shared {
            store,
            registry,
            images: ImagePipeline::new(&settings.images, &settings.breakpoints),
            leases: Leases::new(settings.lease),
            image_memory: ImageMemory::new(settings.images.memory, settings.memory_wait),
            changes: TaskTracker::new(),
            runtime: Handle::current(),
            closing: CancellationToken::new(),
            ended: CancellationToken::new(),
            settings,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The file, unless there is none. Its URLs are not signed: see [`sign`](Self::sign).
    pub async fn get(&self, id: &FileId) -> Result<Option<MediaFile>> {
        self.shared.store.get(id).await
    }

    /// The files that `query` describes, unsigned. Without a limit that may be many: see [`stream`](Self::stream).
    pub async fn find(&self, query: &FindQuery) -> Result<Vec<MediaFile>> {
        self.shared.store.find(query).await
    }

    /// The files that `query` describes, unsigned, a few in memory at a time.
    pub fn stream(&self, query: &FindQuery) -> impl Stream<Item = Result<MediaFile>> + Send + use<> {
        self.shared.store.stream(query)
    }

    /// How many files match, whatever `start` and `limit` say.
    pub async fn count(&self, query: &FindQuery) -> Result<u64> {
        self.shared.store.count(query).await
    }

    /// The table, for what is kept beside the files: tokens and events.
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// The providers.
    pub fn registry(&self) -> &Registry {
        &self.shared.registry
    }

    /// How it was set up.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Waits for the answer to a call of a provider, as long as one may take.
    pub async fn in_time<T>(
        &self,
        call: impl Future<Output = longshore_provider::Result<T>>,
    ) -> longshore_provider::Result<T> {
        self.shared.in_time(call).await
    }

    /// Whether new files could be stored: the provider and the table answer.
    pub async fn ready(&self) -> Result<()> {
        self.shared.store.ping().await?;
        let provider = self.shared.registry.main();
        let failed = |source| Error::Provider { provider: provider.name().to_owned(), source };
        self.in_time(provider.health()).await.map_err(failed)
    }

    /// How many changes are running.
    pub fn changes_in_flight(&self) -> usize {
        self.shared.changes.len()
    }

    /// Begins no more changes, and waits until those that run have ended or been undone; at most `limit`. Answers
    /// whether all did: what is left, the sweeper of the next start finishes.
    pub async fn shutdown(&self, limit: Duration) -> bool {
        self.shared.closing.cancel();
        self.shared.changes.close();
        let ended = tokio::time::timeout(limit, self.shared.changes.wait()).await.is_ok();
        self.shared.images.close();
        self.shared.ended.cancel();
        self.shared.store.close().await;
        ended
    }
}

impl Shared {
    fn open_for_changes(&self) -> Result<()> {
        if self.closing.is_cancelled() { Err(Error::ShuttingDown) } else { Ok(()) }
    }

    /// Runs a change to its end, also when nobody waits for it any longer.
    async fn to_its_end<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        match self.changes.spawn(carried(change)).await {
            Ok(outcome) => outcome,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Error::ShuttingDown),
            },
        }
    }
}

impl MediaFile {
    /// The main object, for a call of its provider.
    fn stored(&self) -> File {
        let mut file = File::named(&self.hash, &self.ext);
        file.name.clone_from(&self.name);
        file.mime.clone_from(&self.mime);
        file.path.clone_from(&self.path);
        file.key.clone_from(&self.key);
        file.url = Some(self.url.clone());
        file.provider_metadata.clone_from(&self.provider_metadata);
        file
    }
}
