//! A replacement whose row was taken over while its main object was being written: the object is the new one, and the row
//! says what the old one was.

use std::sync::Arc;

use longshore_provider::ObjectMeta;

use super::{Shared, replace::Said};
use crate::{
    Error, FileId, MediaFile, Result,
    store::{Phase, Plan, Replaced, State},
};

impl Shared {
    /// Takes the row again, and lets it say what is stored.
    ///
    /// # Errors
    ///
    /// [`Error::LostLease`] when another one has replaced the file since, [`Error::NotFound`] when it was removed: then
    /// nothing of this replacement is left.
    pub(super) async fn complete_after_all(
        self: &Arc<Self>,
        file: &MediaFile,
        next: &MediaFile,
        said: &Said,
        plan: &Plan,
    ) -> Result<MediaFile> {
        tracing::warn!(id = file.id, "a replacement was taken over by another host, after its lease had ended");
        let now = match self.claim(&FileId::Number(file.id), State::Replacing).await {
            Ok(now) => now,
            Err(error @ Error::NotFound(_)) => {
                let mut objects = plan.objects.clone();
                objects.push(next.main_object());
                let provider = self.provider_of(file)?;
                let deleted = self.delete_objects(provider, &objects).await;
                deleted.map_err(|source| Error::Provider { provider: provider.name().to_owned(), source })?;
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        let provider = match self.provider_of(&now) {
            Ok(provider) => provider,
            Err(error) => {
                self.give_back(now.id).await;
                return Err(error);
            }
        };
        let mut next = next.clone();
        // Whoever took it over has finished it, or removed its formats.
        next.formats = next.formats.filter(|formats| now.formats.as_ref() == Some(formats));
        next.alternative_text.clone_from(&now.alternative_text);
        next.caption.clone_from(&now.caption);
        next.focal_point = now.focal_point;
        if let Some(info) = said.info.get() {
            next.describe(info);
        }
        let old = if next.formats.is_some() { Vec::new() } else { now.format_objects() };
        let plan = Plan {
            phase: Phase::Committing,
            old,
            next: Some(Box::new(Replaced::of(&next))),
            before: plan.before.clone(),
            ..Plan::preparing(Vec::new())
        };
        if let Err(error) = self.store.set_plan(now.id, &self.leases.owner, &plan).await {
            self.leave_to_the_sweeper(now.id).await;
            return Err(error);
        }
        match self.in_time(provider.head(&now.stored())).await {
            Ok(meta) if is_of(&meta, &next) => self.complete(&now, &next, said, &plan).await,
            Ok(_) => {
                self.give_back(now.id).await;
                Err(Error::LostLease)
            }
            Err(source) => {
                self.leave_to_the_sweeper(now.id).await;
                Err(Error::Provider { provider: provider.name().to_owned(), source })
            }
        }
    }
}

/// Whether the stored object is that of the file.
fn is_of(meta: &ObjectMeta, file: &MediaFile) -> bool {
    match (&meta.etag, &file.etag) {
        (Some(stored), Some(written)) => stored == written,
        _ => meta.size == file.size_bytes,
    }
}
