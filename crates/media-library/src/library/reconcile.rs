//! What becomes of a change that was begun and left.

use std::{sync::Arc, time::Duration};

use longshore_plugin_host::registry::Provider;
use longshore_provider::{ErrorKind, ObjectMeta};

use super::Shared;
use crate::{
    MediaFile, Result,
    store::{Before, Phase, Plan, State, Unfinished},
};

/// How often it is looked at most whether a main object is written that may be written yet.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// What a replacement's main object turned out to be.
enum Main {
    /// The one from before.
    Old,
    /// The new one.
    New(ObjectMeta),
}

impl Shared {
    /// Finishes or undoes the change; answers whether it could. The row is ours.
    pub(super) async fn settle(self: &Arc<Self>, unfinished: &Unfinished) -> bool {
        let file = &unfinished.file;
        let outcome = match (unfinished.state, &unfinished.plan) {
            (State::Pending, plan) => {
                let objects = plan.as_ref().map_or_else(|| vec![file.main_object()], |plan| plan.objects.clone());
                Ok(self.undo_left(file.id, &file.provider_chain, &objects).await)
            }
            // Nobody has seen it: a removal of a file has no plan.
            (State::Deleting, Some(plan)) => {
                Ok(self.finish_undoing(file.id, &file.provider_chain, &plan.objects).await)
            }
            (State::Deleting, None) => Ok(self.finish_removal(file).await),
            (State::Replacing, Some(plan)) if unfinished.may_arrive => self.look_again(file, plan).await,
            (State::Replacing, Some(plan)) => self.settle_replacement(file, plan).await,
            (State::Replacing | State::Ready, None) => {
                self.store.release(file.id, &self.leases.owner).await.map(|()| true)
            }
            (State::Ready, Some(plan)) => self.clean_up_after(file, plan).await,
        };
        outcome.unwrap_or_else(|error| {
            tracing::warn!(id = file.id, error = &error as &dyn std::error::Error, "a change that was left waits");
            false
        })
    }

    /// A main object that may be written yet: once it is, the replacement is finished; until then nothing is done.
    async fn look_again(&self, file: &MediaFile, plan: &Plan) -> Result<bool> {
        let outcome = match self.main_object_of(file, plan).await {
            Ok(Main::New(meta)) => return self.finish_replacement(file, plan, meta).await,
            Ok(Main::Old) => Ok(false),
            Err(error) => Err(error),
        };
        // First, so that no sign of life makes the time longer.
        self.leases.leave(file.id);
        self.store.renew(&self.leases.owner, BETWEEN_LOOKS, &[file.id]).await?;
        outcome
    }

    /// A replacement that failed, and whose main object may have been written all the same, or be written yet: finishes it
    /// if it is.
    pub(super) async fn finish_or_leave_in_doubt(&self, file: &MediaFile, plan: Plan) {
        match self.main_object_of(file, &plan).await {
            Ok(Main::New(meta)) => {
                let settled = self.finish_replacement(file, &plan, meta).await;
                self.let_go_if(file.id, settled).await;
            }
            Ok(Main::Old) | Err(_) => self.leave_in_doubt(file, plan).await,
        }
    }

    /// Leaves a replacement whose main object may be written yet: whoever wants to change the file, or sweeps, looks whether
    /// it is.
    async fn leave_in_doubt(&self, file: &MediaFile, plan: Plan) {
        // First, so that no sign of life makes the time longer.
        self.leases.leave(file.id);
        match self.store.doubt(file.id, &self.leases.owner, plan, self.grace(), BETWEEN_LOOKS).await {
            Ok(()) => self.leases.left.notify_one(),
            Err(error) => {
                tracing::warn!(id = file.id, error = &error as &dyn std::error::Error, "a replacement in doubt waits");
                self.leave_until_no_write_arrives(file.id).await;
            }
        }
    }

    /// Before the main object was written a replacement is undone; after it, it is finished.
    pub(super) async fn settle_replacement(&self, file: &MediaFile, plan: &Plan) -> Result<bool> {
        match plan.phase {
            Phase::Preparing => self.undo_replacement(file, plan).await,
            Phase::Cleaning => self.clean_up_after(file, plan).await,
            Phase::Committing => match self.main_object_of(file, plan).await? {
                Main::Old => self.undo_replacement(file, plan).await,
                Main::New(meta) => self.finish_replacement(file, plan, meta).await,
            },
        }
    }

    /// The new main object is stored, and `meta` is what its provider says of it: the row follows, then the old formats go.
    async fn finish_replacement(&self, file: &MediaFile, plan: &Plan, meta: ObjectMeta) -> Result<bool> {
        let Some(next) = &plan.next else { return self.undo_replacement(file, plan).await };
        let mut next = (**next).clone();
        if next.etag.is_none() || next.etag != meta.etag {
            next.etag = meta.etag;
            next.size_bytes = meta.size;
        }
        let after = plan.after();
        let file = self.store.replaced(file.id, &self.leases.owner, &next, &after).await?;
        self.clean_up_after(&file, &after).await
    }

    /// Removes the new formats: the old ones and the old main object are as they were.
    async fn undo_replacement(&self, file: &MediaFile, plan: &Plan) -> Result<bool> {
        let provider = self.provider_of(file)?;
        if let Err(error) = self.delete_objects(provider, &plan.objects).await {
            tracing::warn!(
                id = file.id,
                error = &error as &dyn std::error::Error,
                "a replacement cannot be undone yet"
            );
            return Ok(false);
        }
        self.store.release(file.id, &self.leases.owner).await?;
        Ok(true)
    }

    /// Removes the old formats, once the row names the new ones.
    pub(super) async fn clean_up_after(&self, file: &MediaFile, plan: &Plan) -> Result<bool> {
        let provider = self.provider_of(file)?;
        if let Err(error) = self.delete_objects(provider, &plan.old).await {
            tracing::warn!(id = file.id, error = &error as &dyn std::error::Error, "old formats cannot be removed yet");
            return Ok(false);
        }
        self.store.release(file.id, &self.leases.owner).await?;
        Ok(true)
    }

    /// What the main object is before it is overwritten; `None` when the provider cannot tell.
    pub(super) async fn before_writing(
        &self,
        provider: &Provider,
        file: &MediaFile,
    ) -> longshore_provider::Result<Option<Before>> {
        match self.in_time(provider.head(&file.stored())).await {
            Ok(meta) => Ok(Some(Before::Stored { etag: meta.etag, size: meta.size })),
            Err(error) => match error.kind() {
                ErrorKind::NotFound => Ok(Some(Before::Missing)),
                ErrorKind::Unsupported | ErrorKind::PermissionDenied => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// Looks which main object is stored.
    async fn main_object_of(&self, file: &MediaFile, plan: &Plan) -> Result<Main> {
        let provider = self.provider_of(file)?;
        let meta = match self.in_time(provider.head(&file.stored())).await {
            Ok(meta) => meta,
            // Nothing to go forward to; the formats that the row names are still there.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Main::Old),
            // A provider that cannot tell: what it was asked to write is taken for written only if it said so.
            Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(Main::Old),
            // The same where it may not look, and could not before the write either.
            Err(error) if error.kind() == ErrorKind::PermissionDenied && plan.before.is_none() => return Ok(Main::Old),
            Err(source) => return Err(crate::Error::Provider { provider: provider.name().to_owned(), source }),
        };
        let (etag, size) = match &plan.before {
            Some(Before::Missing) => return Ok(Main::New(meta)),
            Some(Before::Stored { etag, size }) => (etag, *size),
            None => (&file.etag, file.size_bytes),
        };
        let is_old = if let (Some(now), Some(before)) = (&meta.etag, etag) {
            now == before
        } else {
            let new_size = plan.next.as_ref().map(|next| next.size_bytes);
            meta.size == size && new_size != Some(meta.size)
        };
        Ok(if is_old { Main::Old } else { Main::New(meta) })
    }
}
