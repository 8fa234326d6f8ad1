//! The media library: its operations, each in a file of its own.
//!
//! A change runs as a task of its own. If the caller goes away, the task still leaves the rows and objects consistent.

mod batch;
mod buffered;
mod check;
mod claiming;
mod content_type;
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
mod size_limit;
mod sweep;
mod update;
mod upload;

use std::{sync::Arc, time::Duration};

use futures::{Stream, TryStreamExt};
use longshore_media_store::{FileId, FindQuery, MediaFile, Store};
use longshore_plugin_host::registry::Registry;

use self::context::Context;
use crate::{Error, Result, Settings, Supervisor};

pub use self::{
    batch::Batch,
    check::{CheckDepth, CheckEvent, CheckTotals, Finding, FindingKind},
    incoming::Incoming,
    replace::ReplaceRequest,
};

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
        Ok(self.context.store.get(id).await?)
    }

    /// The files that `query` describes, unsigned. Without a limit that may be many: see [`stream`](Self::stream).
    pub async fn find(&self, query: &FindQuery) -> Result<Vec<MediaFile>> {
        Ok(self.context.store.find(query).await?)
    }

    /// The files that `query` describes, unsigned, a few in memory at a time.
    pub fn stream(&self, query: &FindQuery) -> impl Stream<Item = Result<MediaFile>> + Send + use<> {
        self.context.store.stream(query).map_err(Error::from)
    }

    /// How many files match, regardless of `start` and `limit`.
    pub async fn count(&self, query: &FindQuery) -> Result<u64> {
        Ok(self.context.store.count(query).await?)
    }

    /// The content type of an object that `provider` stores under `key`: that of the file whose main object or format it is.
    /// Returns `None` for an object of no file.
    pub async fn content_type(&self, provider: &str, key: &str) -> Result<Option<String>> {
        self.context.content_type(provider, key).await
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

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.context.settings
    }

    /// Waits for a call of a provider, up to the provider timeout.
    pub async fn in_time<T>(
        &self,
        call: impl Future<Output = longshore_provider::Result<T>>,
    ) -> longshore_provider::Result<T> {
        self.context.in_time(call).await
    }

    /// Checks whether new files could be stored: the provider and the table respond.
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

    /// Begins no more changes, and waits up to `limit` for the running changes to end or to be undone. Returns whether
    /// all of them ended. The sweeper of the next start finishes the others.
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
