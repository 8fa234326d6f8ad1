//! Claiming the row of a file, and giving a claim up.

use std::{sync::Arc, time::Duration};

use longshore_media_store::{Claim, ClaimAttempt, RowState};
use longshore_plugin_host::trace_parent::carried;
use tokio::time::Instant;

use super::Context;
use crate::{Error, FileId, MediaFile, Result, StoreError};

/// How long a change waits for another change of the same file.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two attempts.
pub(super) const PAUSE: Duration = Duration::from_millis(25);

/// How far a change could be ended.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The row and its objects belong together, and the claim is released.
    Entirely,
    /// The provider refused a step. The sweeper tries again.
    NotYet,
}

impl Context {
    /// Claims the row of a file for a change to `state`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Busy`] when another change of the file does not end in time.
    pub(super) async fn claim(self: &Arc<Self>, id: &FileId, state: RowState) -> Result<(Claim, MediaFile)> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            match self.store.claim(id, self.settings.lease, state).await? {
                ClaimAttempt::Claimed(claim, file) => return Ok((claim, *file)),
                ClaimAttempt::Missing => return Err(Error::NotFound(id.clone())),
                ClaimAttempt::Busy { expired } => self.wait_for(id, expired, give_up).await?,
            }
        }
    }

    /// Waits a moment for the change that has claimed the file. A change whose lease has ended is reconciled.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] once it is `give_up`.
    pub(super) async fn wait_for(self: &Arc<Self>, id: &FileId, expired: bool, give_up: Instant) -> Result<()> {
        if expired {
            self.reconcile_file(id, give_up).await?;
        }
        if Instant::now() >= give_up {
            return Err(Error::Busy(id.clone()));
        }
        tokio::time::sleep(PAUSE).await;
        Ok(())
    }

    /// Reconciles the file if the lease of its change has ended. Waits until `give_up` at most; the work goes on then.
    async fn reconcile_file(self: &Arc<Self>, id: &FileId, give_up: Instant) -> Result<()> {
        let (context, id) = (self.clone(), id.clone());
        let reconciling = self.changes.spawn(carried(async move {
            if let Some(unfinished) = context.store.take_expired_file(context.settings.lease, &id).await? {
                let _ = context.reconcile(unfinished).await;
            }
            Ok(())
        }));
        match tokio::time::timeout_at(give_up, reconciling).await {
            Ok(Ok(outcome)) => outcome,
            // A panic was logged, and dropped the claim. A timeout leaves the task running.
            Ok(Err(_)) | Err(_) => Ok(()),
        }
    }

    /// Ends a change: the sweeper gets the claim of a change that could not be ended here.
    pub(super) async fn end(&self, claim: Claim, ended: Result<Ended>) {
        if !matches!(ended, Ok(Ended::Entirely)) {
            self.leave_to_the_sweeper(claim).await;
        }
    }

    /// Lets the sweeper of any host end the change.
    pub(super) async fn leave_to_the_sweeper(&self, claim: Claim) {
        self.leave_for(claim, Duration::ZERO).await;
        self.left.notify_one();
    }

    /// Ends a replacement or a removal that did not take place: the file is complete.
    pub(super) async fn release(&self, claim: Claim) {
        let released = claim.release().await.map(|()| Ended::Entirely).map_err(Error::from);
        self.end(claim, released).await;
    }

    /// Lets the sweeper end the change once no write with an unknown outcome can arrive any longer.
    pub(super) async fn leave_until_no_write_arrives(&self, claim: Claim) {
        self.leave_for(claim, self.grace()).await;
    }

    async fn leave_for(&self, claim: Claim, after: Duration) {
        let id = claim.id();
        match claim.abandon(after).await {
            // Another host ends the change already.
            Ok(()) | Err(StoreError::LostLease) => {}
            // The lease ends by itself, as nothing renews it any longer.
            Err(error) => {
                tracing::warn!(id, error = &error as &dyn std::error::Error, "cannot leave a row to the sweeper");
            }
        }
    }

    /// How long a write with an unknown outcome may still arrive: the storage service is taken to hold a request for no
    /// longer than this library waits for the provider.
    pub(super) fn grace(&self) -> Duration {
        2 * self.settings.provider_stall
    }
}
