//! Taking a row for a change, and waiting for whoever has it.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::Shared;
use crate::{
    Error, FileId, MediaFile, Result,
    store::{Claim, State},
};

/// How long a change waits for another one of the same file.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(25);

impl Shared {
    /// Takes the row of a file for a change to `state`. A sign of life is given for it from now on.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Busy`] when somebody else is changing it and does not end in time.
    pub(super) async fn claim(self: &Arc<Self>, id: &FileId, state: State) -> Result<MediaFile> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            match self.store.claim(id, &self.leases.owner, self.leases.lease, state).await? {
                Claim::Claimed(file) => {
                    self.leases.enter(file.id);
                    return Ok(*file);
                }
                Claim::Missing => return Err(Error::NotFound(id.clone())),
                // Nobody is at it any longer: what was begun is ended first.
                Claim::Busy { expired: true } => self.settle_left(id, give_up).await?,
                Claim::Busy { expired: false } => {}
            }
            if Instant::now() >= give_up {
                return Err(Error::Busy(id.clone()));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
