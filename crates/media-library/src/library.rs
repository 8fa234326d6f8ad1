//! The media library: its operations, each in a file of its own.
//!
//! A change runs as a task of its own: the caller may go away at any point, and the task still ends with
//! rows and objects that belong together.

mod batch;
mod buffered;
mod claiming;
mod context;
mod describe;
mod image_memory;
mod incoming;
mod metered_body;
mod objects;
mod prepare;
mod provider_calls;
mod reconcile;
mod remove;
mod replace;
mod replacement;
mod sign;
mod sweep;
mod update;
mod upload;

use std::{sync::Arc, time::Duration};

use futures::Stream;
use longshore_plugin_host::registry::Registry;
use longshore_provider::File;

use self::context::Context;
use crate::{Error, FileId, FindQuery, MediaFile, Result, Settings, Supervisor, store::Store};

pub use self::{batch::Batch, incoming::Incoming, replace::ReplaceRequest};

/// How long the table may take to reply before the library is not ready.
const PING: Duration = Duration::from_secs(2);

/// Files on providers, with a table of them. Cheap to clone; all clones are one library.
#[derive(Clone)]
pub struct MediaLibrary {
    context: Arc<Context>,
}

impl MediaLibrary {
    /// Opens the table and brings it up to date.
    ///
    /// Nothing is swept yet: see [`run_sweeper`](Self::run_sweeper).
    pub async fn open(settings: Settings, registry: Arc<Registry>) -> Result<Self> {
        let store = Store::open(&settings.database, &settings.webhooks).await?;
        Ok(Self { context: Arc::new(Context::new(settings, store, registry)) })
    }

    /// The file, unless there is none. Its URLs are not signed: see [`sign`](Self::sign).
    pub async fn get(&self, id: &FileId) -> Result<Option<MediaFile>> {
        self.context.store.get(id).await
    }

    /// The files that `query` describes, unsigned. Without a limit that may be many: see [`stream`](Self::stream).
    pub async fn find(&self, query: &FindQuery) -> Result<Vec<MediaFile>> {
        self.context.store.find(query).await
    }

    /// The files that `query` describes, unsigned, a few in memory at a time.
    pub fn stream(&self, query: &FindQuery) -> impl Stream<Item = Result<MediaFile>> + Send + use<> {
        self.context.store.stream(query)
    }

    /// How many files match, whatever `start` and `limit` say.
    pub async fn count(&self, query: &FindQuery) -> Result<u64> {
        self.context.store.count(query).await
    }

    /// The table, for what is kept beside the files: tokens and events.
    pub fn store(&self) -> &Store {
        &self.context.store
    }

    /// The providers.
    pub fn registry(&self) -> &Registry {
        &self.context.registry
    }

    /// The background tasks.
    pub fn supervisor(&self) -> &Supervisor {
        &self.context.supervisor
    }

    /// How it was set up.
    pub fn settings(&self) -> &Settings {
        &self.context.settings
    }

    /// Waits for the answer to a call of a provider, as long as one may take.
    pub async fn in_time<T>(
        &self,
        call: impl Future<Output = longshore_provider::Result<T>>,
    ) -> longshore_provider::Result<T> {
        self.context.in_time(call).await
    }

    /// Whether new files could be stored: the provider and the table answer.
    pub async fn ready(&self) -> Result<()> {
        self.context.store.ping(PING).await?;
        let provider = self.context.registry.main();
        let failed = |source| Error::Provider { provider: provider.name().to_owned(), source };
        self.in_time(provider.health()).await.map_err(failed)
    }

    /// How many changes are running.
    pub fn changes_in_flight(&self) -> usize {
        self.context.changes.len()
    }

    /// Begins no more changes, and waits until those that run have ended or been undone; at most `limit`. Answers
    /// whether all did: what is left, the sweeper of the next start finishes.
    pub async fn shutdown(&self, limit: Duration) -> bool {
        self.context.closing.cancel();
        self.context.changes.close();
        let ended = tokio::time::timeout(limit, self.context.changes.wait()).await.is_ok();
        self.context.images.close();
        self.context.ended.cancel();
        self.context.store.close().await;
        ended
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
