//! Removing a file: it becomes invisible, then its objects and its row are removed.

use std::sync::Arc;

use longshore_media_store::{Announce, Claim, ObjectRef, RowState};
use longshore_provider::ErrorKind;

use super::{Context, MediaLibrary, claiming::Ended, objects::AsFile, provider_calls::outcome_is_unknown};
use crate::{Error, FileId, MediaFile, Result};

impl MediaLibrary {
    /// Removes a file with all of its objects. Returns the file as it was.
    ///
    /// The removal succeeds once the main object is gone. The sweeper removes formats that could not be removed yet.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Busy`]; [`Error::ProviderNotLoaded`]; [`Error::Provider`]. If the provider refused,
    /// the file is still there. If the outcome is unknown, the sweeper ends the removal.
    pub async fn remove(&self, id: &FileId) -> Result<MediaFile> {
        self.context.open_for_changes()?;
        let (context, id) = (self.context.clone(), id.clone());
        self.context.to_its_end(async move { Removal::begin(context, &id).await?.run().await }).await
    }
}

/// The removal of a file that was visible.
pub(super) struct Removal {
    context: Arc<Context>,
    claim: Claim,
    file: MediaFile,
}

impl Removal {
    /// Makes the file invisible.
    async fn begin(context: Arc<Context>, id: &FileId) -> Result<Self> {
        let file = context.store.get(id).await?.ok_or_else(|| Error::NotFound(id.clone()))?;
        context.provider_of(&file)?;
        let (claim, file) = context.claim(id, RowState::Deleting).await?;
        Ok(Self { context, claim, file })
    }

    /// An interrupted removal.
    pub(super) fn resume(context: Arc<Context>, claim: Claim, file: MediaFile) -> Self {
        Self { context, claim, file }
    }

    /// Removes the main object, then everything else.
    async fn run(self) -> Result<MediaFile> {
        if let Err(error) = self.remove_main().await {
            match &error {
                // The provider may still remove the object later. A visible row would then have no object.
                Error::Provider { source, .. } if outcome_is_unknown(source) => {
                    self.context.leave_to_the_sweeper(self.claim).await;
                }
                _ => self.context.release(self.claim).await,
            }
            return Err(error);
        }
        let ended = self.finish(&self.file.format_objects()).await;
        self.context.end(self.claim, ended).await;
        Ok(self.file)
    }

    async fn remove_main(&self) -> Result<()> {
        let provider = self.context.provider_of(&self.file)?;
        let Err(source) = self.context.delete_objects(provider, &[self.file.main_object()]).await else {
            return Ok(());
        };
        let meta = self.context.in_time(provider.head(&self.file.as_file())).await;
        if matches!(meta, Err(error) if error.kind() == ErrorKind::NotFound) {
            return Ok(());
        }
        Err(Error::Provider { provider: provider.name().to_owned(), source })
    }

    /// Removes all objects, then the row.
    pub(super) async fn finish_all(&self) -> Result<Ended> {
        let mut objects = self.file.format_objects();
        objects.push(self.file.main_object());
        self.finish(&objects).await
    }

    /// Removes what is left of the objects, then the row.
    async fn finish(&self, objects: &[ObjectRef]) -> Result<Ended> {
        let Some(provider) = self.context.registry.serving(&self.file.provider_chain) else {
            tracing::warn!(
                id = self.file.id,
                provider = self.file.provider,
                "a removal waits: its provider is not loaded"
            );
            return Ok(Ended::NotYet);
        };
        if let Err(error) = self.context.delete_objects(provider, objects).await {
            tracing::warn!(
                id = self.file.id,
                error = &error as &dyn std::error::Error,
                "a removal waits for its provider"
            );
            return Ok(Ended::NotYet);
        }
        self.claim.remove(Announce::Yes).await?;
        Ok(Ended::Entirely)
    }
}
