//! Finishing or undoing an interrupted change, with the same steps as for a change that failed.

use std::sync::Arc;

use longshore_media_store::{RowState, Unfinished};

use super::{Context, claiming::Ended, remove::Removal, replacement::Replacement, upload};
use crate::Result;

impl Context {
    /// Finishes or undoes the change.
    pub(super) async fn reconcile(self: &Arc<Self>, unfinished: Unfinished) -> Ended {
        let id = unfinished.file.id;
        self.try_to_reconcile(unfinished).await.unwrap_or_else(|error| {
            tracing::warn!(id, error = &error as &dyn std::error::Error, "a change that was left waits");
            Ended::NotYet
        })
    }

    async fn try_to_reconcile(self: &Arc<Self>, unfinished: Unfinished) -> Result<Ended> {
        let Unfinished { claim, state, file, plan, may_arrive } = unfinished;
        match (state, plan) {
            (RowState::Pending, plan) => {
                claim.mark_for_deletion().await?;
                let objects = plan.map_or_else(|| vec![file.main_object()], |plan| plan.objects);
                upload::remove_all(self, &claim, &file.provider_chain, &objects).await
            }
            // A new file that was marked for deletion has a plan. A file that was visible has none.
            (RowState::Deleting, Some(plan)) => {
                upload::remove_all(self, &claim, &file.provider_chain, &plan.objects).await
            }
            (RowState::Deleting, None) => Removal::resume(self.clone(), claim, file).finish_all().await,
            (RowState::Replacing, Some(plan)) => {
                let replacement = Replacement::resume(self.clone(), claim, file, plan);
                if may_arrive { replacement.look_again().await } else { replacement.reconcile().await }
            }
            // Nothing was written: the change ended before it had a plan.
            (RowState::Replacing | RowState::Ready, _) => {
                claim.release().await?;
                Ok(Ended::Entirely)
            }
        }
    }
}
