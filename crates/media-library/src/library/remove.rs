//! Removing a file: from then on nobody sees it, and what is stored of it goes.

use std::sync::Arc;

use longshore_provider::ErrorKind;

use super::{MediaLibrary, Shared, serving::is_doubtful};
use crate::{
    Error, FileId, MediaFile, Result,
    store::{ObjectRef, State},
};

impl MediaLibrary {
    /// Removes a file with all of its objects, and answers what it was.
    ///
    /// Once the main object is gone the file is gone, whatever becomes of its formats: the sweeper sees to those.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Busy`]; [`Error::ProviderNotLoaded`] and what the provider says: when it refused, the
    /// file is still there; when it is not known what it did, the sweeper ends the removal.
    pub async fn remove(&self, id: &FileId) -> Result<MediaFile> {
        self.shared.open_for_changes()?;
        let (shared, id) = (self.shared.clone(), id.clone());
        self.shared.to_its_end(async move { shared.remove(&id).await }).await
    }
}

impl Shared {
    async fn remove(self: &Arc<Self>, id: &FileId) -> Result<MediaFile> {
        let file = self.store.get(id).await?.ok_or_else(|| Error::NotFound(id.clone()))?;
        self.provider_of(&file)?;
        let file = self.claim(id, State::Deleting).await?;
        let provider = match self.provider_of(&file) {
            Ok(provider) => provider,
            Err(error) => {
                self.give_back(file.id).await;
                return Err(error);
            }
        };
        if let Err(source) = self.delete_objects(provider, &[file.main_object()]).await {
            let is_gone = matches!(
                self.in_time(provider.head(&file.stored())).await,
                Err(error) if error.kind() == ErrorKind::NotFound
            );
            if !is_gone {
                if is_doubtful(&source) {
                    // The object may go yet, whatever is seen of it now: a row that people see would be left without it.
                    self.leave_to_the_sweeper(file.id).await;
                } else {
                    self.give_back(file.id).await;
                }
                return Err(Error::Provider { provider: provider.name().to_owned(), source });
            }
        }
        if self.remove_for_good(&file, &file.format_objects()).await {
            self.leases.leave(file.id);
        } else {
            self.leave_to_the_sweeper(file.id).await;
        }
        Ok(file)
    }

    /// Removes all objects of a file that nobody sees any longer, then its row; answers whether that was possible.
    pub(super) async fn finish_removal(&self, file: &MediaFile) -> bool {
        let mut objects = file.format_objects();
        objects.push(file.main_object());
        self.remove_for_good(file, &objects).await
    }

    /// The same, where `objects` are what is left of it.
    async fn remove_for_good(&self, file: &MediaFile, objects: &[ObjectRef]) -> bool {
        let Some(provider) = self.registry.serving(&file.provider_chain) else {
            tracing::warn!(id = file.id, provider = file.provider, "a removal waits: its provider is not loaded");
            return false;
        };
        if let Err(error) = self.delete_objects(provider, objects).await {
            tracing::warn!(id = file.id, error = &error as &dyn std::error::Error, "a removal cannot be finished yet");
            return false;
        }
        match self.store.remove(file.id, &self.leases.owner, true).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(id = file.id, error = &error as &dyn std::error::Error, "a removal waits for the table");
                false
            }
        }
    }

    /// The change did not take place: the row is as it was.
    pub(super) async fn give_back(&self, id: i64) {
        match self.store.release(id, &self.leases.owner).await {
            Ok(()) => self.leases.leave(id),
            Err(error) => {
                tracing::warn!(id, error = &error as &dyn std::error::Error, "a row cannot be given back yet");
                self.leave_to_the_sweeper(id).await;
            }
        }
    }
}
