//! Replacing a file: the same row and URL, other bytes.

use std::sync::{Arc, OnceLock};

use longshore_plugin_host::trace_parent::carried;
use tokio::{sync::oneshot, task::JoinHandle};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::task_tracker::TaskTrackerToken,
};

use super::{
    Incoming, MediaLibrary, Shared,
    held::{Held, Peeked},
};
use crate::{Error, FileId, FileInfo, Infos, MediaFile, Rejection, Result};

/// The new bytes of a file, on their way. Dropping it leaves the file as it was.
pub struct Replacement {
    shared: Arc<Shared>,
    id: FileId,
    info: Option<FileInfo>,
    files: usize,
    state: Arrived,
    rejections: Vec<Rejection>,
    said: Said,
    _cancel_when_dropped: DropGuard,
    /// Shutdown waits for it.
    _change: TaskTrackerToken,
}

enum Arrived {
    Nothing,
    Waiting(Held),
    Running(JoinHandle<Result<MediaFile>>),
}

/// What a body that flows waits for before it ends: everything that the request says.
#[derive(Clone)]
pub(super) struct Said {
    pub(super) info: Arc<OnceLock<FileInfo>>,
    /// Set off once all is said.
    pub(super) release: CancellationToken,
    /// Set off when nobody wants the file any longer.
    pub(super) cancel: CancellationToken,
}

impl MediaLibrary {
    /// Begins to replace a file.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::ProviderNotLoaded`]
    pub async fn replace(&self, id: &FileId) -> Result<Replacement> {
        self.shared.open_for_changes()?;
        let file = self.shared.store.get(id).await?.ok_or_else(|| Error::NotFound(id.clone()))?;
        self.shared.provider_of(&file)?;
        let cancel = CancellationToken::new();
        Ok(Replacement {
            shared: self.shared.clone(),
            id: id.clone(),
            info: None,
            files: 0,
            state: Arrived::Nothing,
            rejections: Vec::new(),
            said: Said { info: Arc::default(), release: CancellationToken::new(), cancel: cancel.clone() },
            _cancel_when_dropped: cancel.drop_guard(),
            _change: self.shared.changes.token(),
        })
    }
}

impl Replacement {
    /// What is said about the file.
    pub fn set_infos(&mut self, infos: Infos) {
        self.info = match infos {
            Infos::One(info) => Some(info),
            Infos::Many(infos) => infos.into_iter().next(),
        };
    }

    /// Takes in the new bytes. A large file flows to the provider, which is kept from completing it until
    /// [`finish`](Self::finish).
    pub async fn add(&mut self, incoming: Incoming) -> Result<()> {
        let name = incoming.name.clone();
        let held = match self.shared.peek(incoming).await? {
            Peeked::Held(held) => held,
            Peeked::Empty => return Ok(()),
            Peeked::Rejected(rejection) => {
                self.files += 1;
                self.rejections.push(rejection);
                return Ok(());
            }
        };
        self.files += 1;
        if self.files > 1 {
            return Err(Error::SeveralReplacements);
        }
        if !held.is_flowing() {
            self.state = Arrived::Waiting(held);
            return Ok(());
        }
        tracing::debug!(name, "a replacement flows");
        let (tell, told) = oneshot::channel();
        let mut running = self.run(held, Some(tell));
        let ended = async {
            match told.await {
                Ok(watch) => super::watched::Watch::ended(&watch).await,
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = ended => self.state = Arrived::Running(running),
            outcome = &mut running => {
                super::batch::joined(outcome)?;
            }
        }
        Ok(())
    }

    /// Completes the replacement, and answers the file as it is now.
    pub async fn finish(mut self) -> Result<MediaFile> {
        if !self.rejections.is_empty() {
            return Err(Error::Rejected(std::mem::take(&mut self.rejections)));
        }
        let info = self.info.take().unwrap_or_default();
        info.check()?;
        // Set before anything can read it.
        let _ = self.said.info.set(info);
        let running = match std::mem::replace(&mut self.state, Arrived::Nothing) {
            Arrived::Nothing => return Err(Error::NoFiles),
            Arrived::Waiting(held) => self.run(held, None),
            Arrived::Running(running) => running,
        };
        self.said.release.cancel();
        super::batch::joined(running.await)
    }

    fn run(
        &self,
        held: Held,
        flowing: Option<oneshot::Sender<super::watched::Watch>>,
    ) -> JoinHandle<Result<MediaFile>> {
        let (shared, id, said) = (self.shared.clone(), self.id.clone(), self.said.clone());
        self.shared.changes.spawn(carried(async move { shared.replace_with(&id, held, said, flowing).await }))
    }
}
