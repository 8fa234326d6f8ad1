//! The rows that this process is changing, and the sign of life that it gives for them.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::Shared;
use crate::name;

/// Who changes rows here, and which.
pub(super) struct Leases {
    /// Names this process in the table; no other has the same.
    pub(super) owner: String,
    /// How long a sign of life counts.
    pub(super) lease: Duration,
    active: Mutex<HashSet<i64>>,
    /// Something was left for the sweeper.
    pub(super) left: Notify,
}

impl Leases {
    pub(super) fn new(lease: Duration) -> Self {
        Self { owner: name::document_id(), lease, active: Mutex::default(), left: Notify::new() }
    }

    /// From now on a sign of life is given for the row; answers whether none was given before.
    pub(super) fn enter(&self, id: i64) -> bool {
        self.active().insert(id)
    }

    /// No longer.
    pub(super) fn leave(&self, id: i64) {
        self.active().remove(&id);
    }

    fn active(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Gives a sign of life for every row that is being changed here, for as long as it is polled.
    pub(super) async fn renew_leases(&self) {
        let mut ticks = tokio::time::interval(self.leases.lease / 4);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let active: Vec<i64> = self.leases.active().iter().copied().collect();
            if active.is_empty() {
                continue;
            }
            if let Err(error) = self.store.renew(&self.leases.owner, self.leases.lease, &active).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot renew the leases of running changes");
            }
        }
    }

    /// Leaves a row to the sweeper for when no write that was given up can arrive any longer: whoever makes one is held
    /// to the provider's time, and so, it is taken, is the service that it was sent to.
    pub(super) async fn leave_until_no_write_arrives(&self, id: i64) {
        // First, so that no sign of life makes the time shorter.
        self.leases.leave(id);
        if let Err(error) = self.store.renew(&self.leases.owner, self.grace(), &[id]).await {
            tracing::warn!(id, error = &error as &dyn std::error::Error, "cannot keep a row for later");
        }
    }

    /// How long a write that was given up may still arrive.
    pub(super) fn grace(&self) -> Duration {
        2 * self.settings.provider_stall
    }

    /// Leaves a row to the sweeper, this one or another's.
    pub(super) async fn leave_to_the_sweeper(&self, id: i64) {
        // First, so that a sweeper who takes it at once does not find it at work.
        self.leases.leave(id);
        if let Err(error) = self.store.abandon(&self.leases.owner, &[id]).await {
            // Then its lease ends by itself.
            tracing::warn!(id, error = &error as &dyn std::error::Error, "cannot hand a row to the sweeper");
        }
        self.leases.left.notify_one();
    }
}
