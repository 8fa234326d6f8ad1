//! A new file's row before the file is complete: whatever happens, it is completed or undone.

use std::sync::Arc;

use super::Shared;
use crate::store::ObjectRef;

/// A pending row and the objects that may have been written for it. Dropping it undoes both, in a task of its own.
pub(super) struct Pending {
    undo: Option<Undo>,
}

struct Undo {
    shared: Arc<Shared>,
    id: i64,
    chain: Vec<String>,
    objects: Vec<ObjectRef>,
}

impl Pending {
    /// Of a row that was just made, before any of `objects` is written.
    pub(super) fn new(shared: Arc<Shared>, id: i64, chain: Vec<String>, objects: Vec<ObjectRef>) -> Self {
        shared.leases.enter(id);
        Self { undo: Some(Undo { shared, id, chain, objects }) }
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
            let _ = shared.changes.spawn_on(undo.run(), &shared.runtime).await;
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(undo) = self.undo.take() {
            let shared = undo.shared.clone();
            shared.changes.spawn_on(undo.run(), &shared.runtime);
        }
    }
}

impl Undo {
    async fn run(self) {
        let Self { shared, id, chain, objects } = self;
        if shared.undo_new(id, &chain, &objects).await {
            shared.leases.leave(id);
        } else {
            shared.leave_to_the_sweeper(id).await;
        }
    }
}

impl Shared {
    /// Removes a pending row and the objects that were written for it; answers whether that was possible.
    pub(super) async fn undo_new(&self, id: i64, chain: &[String], objects: &[ObjectRef]) -> bool {
        let Some(provider) = self.registry.serving(chain) else {
            tracing::warn!(id, provider = chain.first(), "an upload cannot be undone: its provider is not loaded");
            return false;
        };
        if let Err(error) = self.delete_objects(provider, objects).await {
            tracing::warn!(id, error = &error as &dyn std::error::Error, "an upload cannot be undone yet");
            return false;
        }
        if let Err(error) = self.store.remove(id, &self.leases.owner, false).await {
            tracing::warn!(id, error = &error as &dyn std::error::Error, "the row of an upload cannot be removed yet");
            return false;
        }
        true
    }
}
