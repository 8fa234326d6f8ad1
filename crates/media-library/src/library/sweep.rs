//! The sweeper: finishes or undoes interrupted changes.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures::{StreamExt, stream};

use super::{Context, MediaLibrary, claiming::Ended};
use crate::Result;

/// Rows of one round.
const ROUND: usize = 64;
/// Rows that are reconciled at the same time.
const AT_A_TIME: usize = 4;
/// The shortest time between two sweeps.
const PAUSE: Duration = Duration::from_secs(15);

/// The rows of a round.
struct Round {
    ended: usize,
    /// The rows that wait for their provider, or for the table.
    waiting: Vec<i64>,
}

impl MediaLibrary {
    /// Starts the two background tasks of a library that changes files: the heartbeat, which renews the claims of this
    /// process, and the sweeper, which runs now, then every [`Settings::sweep_every`](crate::Settings::sweep_every).
    pub fn run_sweeper(&self) {
        let supervisor = &self.context.supervisor;
        let context = self.context.clone();
        supervisor.run("heartbeat", move || beat_forever(context.clone()));
        let context = self.context.clone();
        supervisor.run("sweeper", move || sweep_forever(context.clone()));
    }

    /// Finishes or undoes the changes whose lease has ended. Returns of how many files.
    pub async fn sweep(&self) -> Result<usize> {
        self.context.sweep().await
    }
}

async fn beat_forever(context: Arc<Context>) {
    let lease = context.settings.lease;
    let mut ticks = tokio::time::interval((lease / 4).max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = context.store.renew_claims(lease).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "cannot renew the leases of running changes");
        }
    }
}

async fn sweep_forever(context: Arc<Context>) {
    loop {
        match context.sweep().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "finished or undid changes that were left"),
            // The table is closed while the process ends.
            Err(crate::Error::ShuttingDown) => std::future::pending().await,
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the sweeper failed"),
        }
        tokio::select! {
            () = tokio::time::sleep(context.settings.sweep_every) => {}
            () = context.left.notified() => tokio::time::sleep(PAUSE.min(context.settings.sweep_every)).await,
        }
    }
}

impl Context {
    /// Sweeps in rounds until every row of an interrupted change has been processed.
    async fn sweep(self: &Arc<Self>) -> Result<usize> {
        let (mut ended, mut waiting) = (0, HashSet::new());
        loop {
            let round = self.sweep_round().await?;
            ended += round.ended;
            let taken = round.ended + round.waiting.len();
            // A row that appears again was processed already: its lease has ended again during a long sweep.
            let all_are_new = round.waiting.into_iter().all(|id| waiting.insert(id));
            if taken < ROUND || !all_are_new {
                return Ok(ended);
            }
        }
    }

    async fn sweep_round(self: &Arc<Self>) -> Result<Round> {
        // The heartbeat renews the claims of all rows of the round, also of those that wait for the others.
        let left = self.store.take_expired(self.settings.lease, ROUND).await?;
        let outcomes = stream::iter(left).map(|unfinished| {
            let context = self.clone();
            // A change that cannot be ended keeps its lease, and is tried again after it.
            async move { (unfinished.claim.id(), context.reconcile(unfinished).await) }
        });
        let outcomes: Vec<(i64, Ended)> = outcomes.buffer_unordered(AT_A_TIME).collect().await;
        let waiting = outcomes.iter().filter(|(_, ended)| *ended == Ended::NotYet).map(|(id, _)| *id);
        let waiting: Vec<i64> = waiting.collect();
        Ok(Round { ended: outcomes.len() - waiting.len(), waiting })
    }
}
