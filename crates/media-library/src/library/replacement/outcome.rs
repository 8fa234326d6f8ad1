//! The end of a replacement that did not run through: which main object is stored decides whether it is finished or undone.

use std::time::Duration;

use longshore_media_store::{Phase, Plan, PreviousObject, Replaced};
use longshore_provider::{ErrorKind, ObjectMeta};

use super::Replacement;
use crate::{
    Error, FileId, FileInfo, MediaFile, Result,
    library::{claiming::Ended, describe::DescribeFile, objects::AsFile},
};

/// The pause between two checks of a main object that may still arrive.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// The main object that is stored.
pub(super) enum StoredObject {
    /// The object from before the replacement.
    Old,
    /// The new object.
    New(ObjectMeta),
}

impl Replacement {
    /// Undoes the replacement, unless its main object turns out to be written. Returns the error in both cases.
    pub(super) async fn fail<T>(self, error: Error) -> Result<T> {
        let ended = self.reconcile().await;
        self.context.end(self.claim, ended).await;
        Err(error)
    }

    /// Undoes a replacement whose main object is not written, and finishes any other.
    pub(in crate::library) async fn reconcile(&self) -> Result<Ended> {
        match self.plan.phase {
            Phase::Preparing => self.undo().await,
            Phase::Cleaning => self.clean_up(&self.file, &self.plan).await,
            Phase::Committing => match self.main_object().await? {
                StoredObject::Old => self.undo().await,
                StoredObject::New(meta) => self.finish(meta).await,
            },
        }
    }

    /// Finishes a replacement whose main object has arrived by now. Otherwise the claim is given up until the next look.
    pub(in crate::library) async fn look_again(self) -> Result<Ended> {
        let outcome = match self.main_object().await {
            Ok(StoredObject::New(meta)) => return self.finish(meta).await,
            Ok(StoredObject::Old) => Ok(Ended::NotYet),
            Err(error) => Err(error),
        };
        self.claim.abandon(BETWEEN_LOOKS).await?;
        outcome
    }

    /// Finishes a replacement whose main object has arrived although its write failed. Otherwise the next change of the file,
    /// or the sweeper, looks again: the object may still arrive.
    pub(super) async fn finish_or_wait(self) {
        if let Ok(StoredObject::New(meta)) = self.main_object().await {
            let ended = self.finish(meta).await;
            return self.context.end(self.claim, ended).await;
        }
        let (context, id) = (self.context.clone(), self.file.id);
        let plan = self.plan.clone();
        match self.claim.abandon_with_unknown_outcome(plan, context.grace(), BETWEEN_LOOKS).await {
            Ok(()) => context.left.notify_one(),
            Err(error) => {
                tracing::warn!(id, error = &error as &dyn std::error::Error, "cannot note that an outcome is unknown");
                context.leave_until_no_write_arrives(self.claim).await;
            }
        }
    }

    /// Makes the row describe the new main object, which `meta` is about, then removes the old formats.
    pub(super) async fn finish(&self, meta: ObjectMeta) -> Result<Ended> {
        let Some(next) = &self.plan.next else { return self.undo().await };
        let mut next = (**next).clone();
        if next.etag.is_none() || next.etag != meta.etag {
            next.etag = meta.etag;
            next.size_bytes = meta.size;
        }
        let after = self.plan.cleaning();
        let now = self.claim.show_replacement(&next, &after).await?;
        self.clean_up(&now, &after).await
    }

    /// Removes the new formats, and the parts of an upload that was not completed. The old formats and the main object are as
    /// they were.
    pub(super) async fn undo(&self) -> Result<Ended> {
        let provider = self.context.provider_of(&self.file)?;
        if let Err(error) = self.context.delete_objects(provider, &self.plan.objects).await {
            tracing::warn!(
                id = self.file.id,
                error = &error as &dyn std::error::Error,
                "the formats of a replacement that failed cannot be removed yet"
            );
            // A row of their own names the formats, so that the file is not locked until the provider removes them.
            self.remember_formats(Duration::ZERO).await?;
        }
        // A host that died may have begun an upload in parts. The provider logs parts that cannot be aborted.
        let _ = self.context.in_time(provider.abort_uploads(&self.file.as_file())).await;
        self.claim.release().await?;
        Ok(Ended::Entirely)
    }

    /// Removes the old formats, which the row does not name any longer.
    pub(super) async fn clean_up(&self, now: &MediaFile, plan: &Plan) -> Result<Ended> {
        let provider = self.context.provider_of(now)?;
        if let Err(error) = self.context.delete_objects(provider, &plan.old).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(id = now.id, error, "the formats of a replaced image cannot be removed yet");
            return Ok(Ended::NotYet);
        }
        self.claim.release().await?;
        Ok(Ended::Entirely)
    }

    /// Looks which main object is stored.
    pub(super) async fn main_object(&self) -> Result<StoredObject> {
        let provider = self.context.provider_of(&self.file)?;
        let meta = match self.context.in_time(provider.head(&self.file.as_file())).await {
            Ok(meta) => meta,
            // No object is there to finish with. The formats that the row names are still there.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(StoredObject::Old),
            // The provider cannot tell: only a write that it reported as done counts as done.
            Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(StoredObject::Old),
            // The provider may not look, and could not before the write either.
            Err(error) if error.kind() == ErrorKind::PermissionDenied && self.plan.before.is_none() => {
                return Ok(StoredObject::Old);
            }
            Err(source) => return Err(Error::Provider { provider: provider.name().to_owned(), source }),
        };
        let (etag, size) = match &self.plan.before {
            Some(PreviousObject::Missing) => return Ok(StoredObject::New(meta)),
            Some(PreviousObject::Stored { etag, size }) => (etag, *size),
            None => (&self.file.etag, self.file.size_bytes),
        };
        let is_old = if let (Some(now), Some(before)) = (&meta.etag, etag) {
            now == before
        } else {
            let new_size = self.plan.next.as_ref().map(|next| next.size_bytes);
            meta.size == size && new_size != Some(meta.size)
        };
        Ok(if is_old { StoredObject::Old } else { StoredObject::New(meta) })
    }

    /// Claims the file again: another host has undone the replacement while its main object was written.
    ///
    /// # Errors
    ///
    /// [`Error::LostLease`] when another replacement has overwritten the object since, [`Error::NotFound`] when the file was
    /// removed: nothing of this replacement is left then.
    pub(super) async fn complete_again(self, mut next: MediaFile, info: Option<FileInfo>) -> Result<MediaFile> {
        tracing::warn!(id = self.file.id, "another host has undone a replacement after its lease had ended");
        let Self { context, file, plan, .. } = self;
        let mut again = match Self::begin(context.clone(), &FileId::Number(file.id)).await {
            Ok(again) => again,
            Err(error @ Error::NotFound(_)) => {
                let mut objects = plan.objects;
                objects.push(next.main_object());
                let provider = context.provider_of(&file)?;
                let deleted = context.delete_objects(provider, &objects).await;
                deleted.map_err(|source| Error::Provider { provider: provider.name().to_owned(), source })?;
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        // The other host has removed the formats, or finished the replacement.
        next.formats = next.formats.filter(|formats| again.file.formats.as_ref() == Some(formats));
        next.alternative_text.clone_from(&again.file.alternative_text);
        next.caption.clone_from(&again.file.caption);
        next.describe_replacement(info.as_ref());
        again.plan = Plan {
            phase: Phase::Committing,
            old: if next.formats.is_some() { Vec::new() } else { again.file.format_objects() },
            next: Some(Box::new(Replaced::of(&next))),
            before: plan.before,
            ..Plan::preparing(Vec::new())
        };
        if let Err(error) = again.claim.set_plan(&again.plan).await {
            context.leave_to_the_sweeper(again.claim).await;
            return Err(error.into());
        }
        let provider = context.provider_of(&again.file)?;
        match context.in_time(provider.head(&again.file.as_file())).await {
            Ok(meta) if is_object_of(&meta, &next) => again.complete(next, info).await,
            Ok(_) => {
                context.release(again.claim).await;
                Err(Error::LostLease)
            }
            Err(source) => {
                context.leave_to_the_sweeper(again.claim).await;
                Err(Error::Provider { provider: provider.name().to_owned(), source })
            }
        }
    }
}

/// Whether the stored object is that of the file.
fn is_object_of(meta: &ObjectMeta, file: &MediaFile) -> bool {
    match (&meta.etag, &file.etag) {
        (Some(stored), Some(written)) => stored == written,
        _ => meta.size == file.size_bytes,
    }
}
