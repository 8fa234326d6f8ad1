//! A new file's row before the file is complete: whatever happens, it is completed or undone.

use std::sync::Arc;

use longshore_plugin_host::trace_parent::carried;

use super::Shared;
use crate::{Error, store::ObjectRef};

/// A pending row and the objects that may have been written for it. Dropping it undoes both, in a task of its own.
pub(super) struct Pending {
    undo: Option<Undo>,
}

struct Undo {
    shared: Arc<Shared>,
    id: i64,
    chain: Vec<String>,
    objects: Vec<ObjectRef>,
    writes: Writes,
}

/// What is known of the writes of objects that are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    /// They have ended: what is removed stays removed.
    Ended,
    /// An answer was lost, or nobody waited for it: what is removed may still arrive.
    InDoubt,
}

/// How far a new file could be undone.
enum Undone {
    /// Nothing is left of it, or somebody else sees to it.
    Entirely,
    /// Its objects are removed, and are to be removed again when no write can arrive any longer.
    ForNow,
    /// The provider or the table refused.
    NotYet,
}

impl Pending {
    /// Of a row that was just made, before any of `objects` is written.
    pub(super) fn new(shared: Arc<Shared>, id: i64, chain: Vec<String>, objects: Vec<ObjectRef>) -> Self {
        shared.leases.enter(id);
        Self { undo: Some(Undo { shared, id, chain, objects, writes: Writes::InDoubt }) }
    }

    /// Every write has been answered, so that its outcome is known.
    pub(super) fn answered(&mut self) {
        if let Some(undo) = &mut self.undo {
            undo.writes = Writes::Ended;
        }
    }

    /// The file is complete, or somebody else sees to it.
    pub(super) fn let_go(mut self) {
        if let Some(undo) = self.undo.take() {
            undo.shared.leases.leave(undo.id);
        }
    }

    /// Removes what was written, and the row.
    pub(super) async fn undo(mut self) {
        if let Some(undo) = self.undo.take() {
            let shared = undo.shared.clone();
            // As a task: whoever waits for it may go away.
            let _ = shared.changes.spawn_on(carried(undo.run()), &shared.runtime).await;
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(undo) = self.undo.take() {
            let shared = undo.shared.clone();
            shared.changes.spawn_on(carried(undo.run()), &shared.runtime);
        }
    }
}

impl Undo {
    async fn run(self) {
        let Self { shared, id, chain, objects, writes } = self;
        match shared.undo_pending(id, &chain, &objects, writes).await {
            Undone::Entirely => shared.leases.leave(id),
            Undone::ForNow => shared.leave_until_no_write_arrives(id).await,
            Undone::NotYet => shared.leave_to_the_sweeper(id).await,
        }
    }
}

impl Shared {
    /// Removes a pending row that was left, and the objects that may have been written for it; answers whether that was
    /// possible.
    pub(super) async fn undo_left(&self, id: i64, chain: &[String], objects: &[ObjectRef]) -> bool {
        matches!(self.undo_pending(id, chain, objects, Writes::Ended).await, Undone::Entirely)
    }

    async fn undo_pending(&self, id: i64, chain: &[String], objects: &[ObjectRef], writes: Writes) -> Undone {
        // Before any object goes: making the row visible may still be on its way to the database, or have happened.
        match self.store.doom(id, &self.leases.owner).await {
            Ok(()) => {}
            Err(Error::LostLease) => return Undone::Entirely,
            Err(error) => {
                tracing::warn!(id, error = &error as &dyn std::error::Error, "an upload cannot be undone yet");
                return Undone::NotYet;
            }
        }
        self.undo_doomed(id, chain, objects, writes).await
    }

    /// The same, of a row that cannot become visible any longer.
    pub(super) async fn finish_undoing(&self, id: i64, chain: &[String], objects: &[ObjectRef]) -> bool {
        matches!(self.undo_doomed(id, chain, objects, Writes::Ended).await, Undone::Entirely)
    }

    async fn undo_doomed(&self, id: i64, chain: &[String], objects: &[ObjectRef], writes: Writes) -> Undone {
        let Some(provider) = self.registry.serving(chain) else {
            tracing::warn!(id, provider = chain.first(), "an upload cannot be undone: its provider is not loaded");
            return Undone::NotYet;
        };
        let deleted = self.delete_objects(provider, objects).await;
        if let Err(error) = &deleted {
            tracing::warn!(id, error = error as &dyn std::error::Error, "an upload cannot be undone yet");
        }
        match (writes, deleted) {
            (Writes::InDoubt, _) => return Undone::ForNow,
            (Writes::Ended, Err(_)) => return Undone::NotYet,
            (Writes::Ended, Ok(())) => {}
        }
        if let Err(error) = self.store.remove(id, &self.leases.owner, false).await {
            tracing::warn!(id, error = &error as &dyn std::error::Error, "the row of an upload cannot be removed yet");
            return Undone::NotYet;
        }
        Undone::Entirely
    }
}
