//! The sweeper: finishes or undoes what was begun and left.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use longshore_plugin_host::trace_parent::carried;
use tokio::time::Instant;

use super::{MediaLibrary, Shared};
use crate::{FileId, Result};

/// Rows of one round.
const ROUND: usize = 64;
/// Rows that are worked on at a time.
const AT_A_TIME: usize = 4;
/// The least time between two rounds that failures ask for.
const PAUSE: Duration = Duration::from_secs(15);

/// What became of the rows of a round.
struct Round {
    settled: usize,
    /// Those that wait for their provider, or for the table.
    waiting: Vec<i64>,
}

/// A row of a round, until it is settled or the round is dropped.
struct Turn {
    shared: Arc<Shared>,
    id: i64,
}

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

    /// Rounds until every row that is left has had its turn.
    pub(super) async fn sweep(self: &Arc<Self>) -> Result<usize> {
        let (mut settled, mut waiting) = (0, HashSet::new());
        loop {
            let round = self.sweep_round().await?;
            settled += round.settled;
            let taken = round.settled + round.waiting.len();
            // One that comes back had its turn: so much time has passed that its lease has ended again.
            let all_are_new = round.waiting.into_iter().all(|id| waiting.insert(id));
            if taken < ROUND || !all_are_new {
                return Ok(settled);
            }
        }
    }

    /// Finishes or undoes what was left of a change of this file; waits for that until `give_up` at most. It goes on then
    /// all the same, as its row is at work.
    pub(super) async fn settle_left(self: &Arc<Self>, id: &FileId, give_up: Instant) -> Result<()> {
        let (shared, id) = (self.clone(), id.clone());
        let settling = self.changes.spawn(carried(async move {
            let left = shared.store.take_expired_file(&shared.leases.owner, shared.leases.lease, &id).await?;
            let Some(unfinished) = left else { return Ok(()) };
            if let Some(_turn) = shared.turn(unfinished.file.id) {
                shared.settle(&unfinished).await;
            }
            Ok(())
        }));
        match tokio::time::timeout_at(give_up, settling).await {
            Ok(Ok(outcome)) => outcome,
            // It has told of its panic, and the lease of the row ends; or there was no time.
            Ok(Err(_)) | Err(_) => Ok(()),
        }
    }

    async fn sweep_round(self: &Arc<Self>) -> Result<Round> {
        let left = self.store.take_expired(&self.leases.owner, self.leases.lease, ROUND).await?;
        // All of them at once: while a row waits for others its lease must not end, or somebody else settles it, and it
        // would be settled again by what was read of it here.
        let turns: Vec<_> = left.into_iter().map(|unfinished| (self.turn(unfinished.file.id), unfinished)).collect();
        let outcomes = stream::iter(turns).map(|(turn, unfinished)| {
            let shared = self.clone();
            async move {
                // One that is at work here already was only late with its sign of life.
                let settled = turn.is_some() && shared.settle(&unfinished).await;
                // What could not be settled is tried again when this lease has ended.
                drop(turn);
                (unfinished.file.id, settled)
            }
        });
        let outcomes: Vec<(i64, bool)> = outcomes.buffer_unordered(AT_A_TIME).collect().await;
        let waiting: Vec<i64> = outcomes.iter().filter(|(_, settled)| !settled).map(|(id, _)| *id).collect();
        Ok(Round { settled: outcomes.len() - waiting.len(), waiting })
    }

    /// Gives signs of life for a row until it has had its turn; `None` when somebody else here does.
    fn turn(self: &Arc<Self>, id: i64) -> Option<Turn> {
        self.leases.enter(id).then(|| Turn { shared: self.clone(), id })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.shared.leases.leave(self.id);
    }
}
