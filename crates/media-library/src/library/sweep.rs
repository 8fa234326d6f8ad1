//! The sweeper: finishes or undoes what was begun and left.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};

use super::{MediaLibrary, Shared};
use crate::Result;

/// Rows of one round.
const ROUND: usize = 64;
/// Rows that are worked on at a time.
const AT_A_TIME: usize = 4;
/// The least time between two rounds that failures ask for.
const PAUSE: Duration = Duration::from_secs(15);

impl MediaLibrary {
    /// Starts what keeps the table true for as long as this process runs: signs of life for its own changes, and the
    /// sweeper, which runs now, then every [`Settings::sweep_every`](crate::Settings::sweep_every).
    pub fn run_sweeper(&self) {
        let shared = self.shared.clone();
        self.shared.runtime.spawn(async move {
            tokio::select! {
                () = shared.renew_leases() => {}
                () = shared.sweep_forever() => {}
                () = shared.ended.cancelled() => {}
            }
        });
    }

    /// Finishes or undoes what was left by changes whose lease has ended; answers of how many files.
    pub async fn sweep(&self) -> Result<usize> {
        self.shared.sweep().await
    }
}

impl Shared {
    async fn sweep_forever(self: &Arc<Self>) {
        loop {
            match self.sweep().await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "finished or undid changes that were left"),
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the sweeper cannot work"),
            }
            tokio::select! {
                () = tokio::time::sleep(self.settings.sweep_every) => {}
                () = self.leases.left.notified() => tokio::time::sleep(PAUSE.min(self.settings.sweep_every)).await,
            }
        }
    }

    /// Rounds until nothing more is left, or nothing can be done about it.
    pub(super) async fn sweep(self: &Arc<Self>) -> Result<usize> {
        let mut settled = 0;
        loop {
            let now = self.sweep_round().await?;
            settled += now;
            if now < ROUND {
                return Ok(settled);
            }
        }
    }

    /// One round.
    pub(super) async fn sweep_once(self: &Arc<Self>) -> Result<()> {
        self.sweep_round().await.map(drop)
    }

    async fn sweep_round(self: &Arc<Self>) -> Result<usize> {
        let left = self.store.take_expired(&self.leases.owner, self.leases.lease, ROUND).await?;
        let settled = stream::iter(left).map(|unfinished| {
            let shared = self.clone();
            async move {
                let id = unfinished.file.id;
                shared.leases.enter(id);
                let settled = shared.settle(&unfinished).await;
                // What could not be settled is tried again when this lease has ended.
                shared.leases.leave(id);
                usize::from(settled)
            }
        });
        Ok(settled.buffer_unordered(AT_A_TIME).fold(0, |sum, one| std::future::ready(sum + one)).await)
    }
}
