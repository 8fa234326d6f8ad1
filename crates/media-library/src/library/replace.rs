//! A request that replaces a file: the same row and URL get other bytes.

use std::sync::{Arc, OnceLock};

use longshore_plugin_host::trace_parent::carried;
use tokio::{sync::oneshot, task::JoinHandle};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::task_tracker::TaskTrackerToken,
};

use super::{
    Context, Incoming, MediaLibrary,
    buffered::{BufferedUpload, Sniffed},
    context::joined,
    metered_body::{BodyMeter, BodyRules},
    replacement::{EndOfBody, Replacement},
};
use crate::{Error, FileId, FileInfo, Infos, MediaFile, Rejection, Result, info::check_info};

/// A request that replaces a file. Dropping it leaves the file as it was.
pub struct ReplaceRequest {
    context: Arc<Context>,
    id: FileId,
    info: Option<FileInfo>,
    files: usize,
    state: Arrived,
    rejections: Vec<Rejection>,
    rest: RestOfRequest,
    _cancel_when_dropped: DropGuard,
    /// Makes shutdown wait for the request.
    _change: TaskTrackerToken,
}

enum Arrived {
    Nothing,
    Waiting(BufferedUpload),
    Running(JoinHandle<Result<MediaFile>>),
}

/// The rest of the request, which a body that flows waits for before it ends.
#[derive(Clone)]
struct RestOfRequest {
    info: Arc<OnceLock<FileInfo>>,
    /// Cancelled once the whole request was read.
    read: CancellationToken,
    /// Cancelled when the request was dropped.
    dropped: CancellationToken,
}

impl MediaLibrary {
    /// Begins to replace a file.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::ProviderNotLoaded`]
    pub async fn replace(&self, id: &FileId) -> Result<ReplaceRequest> {
        self.context.open_for_changes()?;
        let file = self.context.store.get(id).await?.ok_or_else(|| Error::NotFound(id.clone()))?;
        self.context.provider_of(&file)?;
        let dropped = CancellationToken::new();
        Ok(ReplaceRequest {
            context: self.context.clone(),
            id: id.clone(),
            info: None,
            files: 0,
            state: Arrived::Nothing,
            rejections: Vec::new(),
            rest: RestOfRequest { info: Arc::default(), read: CancellationToken::new(), dropped: dropped.clone() },
            _cancel_when_dropped: dropped.drop_guard(),
            _change: self.context.changes.token(),
        })
    }
}

impl ReplaceRequest {
    /// Sets the information about the file.
    pub fn set_infos(&mut self, infos: Infos) {
        self.info = match infos {
            Infos::One(info) => Some(info),
            Infos::Many(infos) => infos.into_iter().next(),
        };
    }

    /// Adds the new bytes. A large file flows to the provider, but is not completed before [`finish`](Self::finish).
    pub async fn add(&mut self, incoming: Incoming) -> Result<()> {
        let name = incoming.name.clone();
        let buffered = match self.context.peek(incoming).await? {
            Sniffed::Buffered(buffered) => buffered,
            Sniffed::Empty => return Ok(()),
            Sniffed::Rejected(rejection) => {
                self.files += 1;
                self.rejections.push(rejection);
                return Ok(());
            }
        };
        self.files += 1;
        if self.files > 1 {
            return Err(Error::SeveralReplacements);
        }
        if !buffered.is_flowing() {
            self.state = Arrived::Waiting(buffered);
            return Ok(());
        }
        tracing::debug!(name, "a replacement flows");
        let (started, meter) = oneshot::channel();
        let mut running = self.run(buffered, Some(started));
        let ended = async {
            match meter.await {
                Ok(meter) => BodyMeter::ended(&meter).await,
                // The replacement failed before its body flowed.
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = ended => self.state = Arrived::Running(running),
            outcome = &mut running => drop(joined(outcome)?),
        }
        Ok(())
    }

    /// Completes the replacement. Returns the file as it is now.
    pub async fn finish(mut self) -> Result<MediaFile> {
        if !self.rejections.is_empty() {
            return Err(Error::Rejected(std::mem::take(&mut self.rejections)));
        }
        let info = self.info.take().unwrap_or_default();
        check_info(&info)?;
        // Set before the body may end.
        let _ = self.rest.info.set(info);
        let running = match std::mem::replace(&mut self.state, Arrived::Nothing) {
            Arrived::Nothing => return Err(Error::NoFiles),
            Arrived::Waiting(buffered) => self.run(buffered, None),
            Arrived::Running(running) => running,
        };
        self.rest.read.cancel();
        joined(running.await)
    }

    fn run(
        &self,
        buffered: BufferedUpload,
        started: Option<oneshot::Sender<BodyMeter>>,
    ) -> JoinHandle<Result<MediaFile>> {
        let (context, id, rest) = (self.context.clone(), self.id.clone(), self.rest.clone());
        self.context.changes.spawn(carried(run(context, id, buffered, rest, started)))
    }
}

async fn run(
    context: Arc<Context>,
    id: FileId,
    buffered: BufferedUpload,
    rest: RestOfRequest,
    started: Option<oneshot::Sender<BodyMeter>>,
) -> Result<MediaFile> {
    let BufferedUpload { name, mime, content } = buffered;
    let may_end = CancellationToken::new();
    let rules = BodyRules { limit: context.size_limit, cancel: rest.dropped.clone(), release: Some(may_end.clone()) };
    let prepared = context.prepare(&name, content, rules).await?;
    let end = prepared.meter.clone().map(|meter| EndOfBody {
        meter,
        started,
        request_read: rest.read,
        may_end,
        cancel: rest.dropped,
    });
    let replacement = Replacement::begin(context, &id).await?;
    replacement.run(&name, mime, prepared, end, || rest.info.get().cloned()).await
}
