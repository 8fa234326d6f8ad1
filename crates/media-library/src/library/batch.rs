//! Uploading the files of one request: all of them, or none.

use std::sync::Arc;

use futures::future::join_all;
use longshore_plugin_host::trace_parent::carried;
use longshore_provider::Body;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    task::JoinHandle,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::task_tracker::TaskTrackerToken,
};

use super::{
    Context, Incoming, MediaLibrary,
    buffered::{BufferedUpload, Content, Sniffed},
    context::joined,
    describe::DescribeFile,
    metered_body::{BodyFault, BodyRules, metered},
    upload::Upload,
};
use crate::{Error, FileInfo, InfoProblem, Infos, Link, MediaFile, Rejection, Result, info::check_link};

/// The longest folder, in bytes: a key has 1,024 at most.
const LONGEST_PATH: usize = 512;

/// The files of one request. Dropping it undoes all of them.
pub struct Batch {
    context: Arc<Context>,
    path: Option<String>,
    link: Option<Link>,
    infos: Option<Infos>,
    files: Vec<Entry>,
    rejections: Vec<Rejection>,
    /// Whether there was a file with bytes.
    has_bytes: bool,
    /// Files that are stored at the same time.
    slots: Arc<Semaphore>,
    cancel: CancellationToken,
    _cancel_when_dropped: DropGuard,
    /// Makes shutdown wait for the request.
    _change: TaskTrackerToken,
}

enum Entry {
    /// The whole file is in memory, and nothing is decided yet.
    Waiting(BufferedUpload),
    /// The upload has begun.
    Running(JoinHandle<Result<Upload>>),
}

impl MediaLibrary {
    /// Begins to upload files.
    pub fn begin(&self) -> Result<Batch> {
        self.context.open_for_changes()?;
        let cancel = CancellationToken::new();
        Ok(Batch {
            context: self.context.clone(),
            path: None,
            link: None,
            infos: None,
            files: Vec::new(),
            rejections: Vec::new(),
            has_bytes: false,
            slots: Arc::new(Semaphore::new(self.context.settings.concurrent_files.max(1))),
            cancel: cancel.clone(),
            _cancel_when_dropped: cancel.drop_guard(),
            _change: self.context.changes.token(),
        })
    }
}

impl Batch {
    /// Sets the folder below the provider's root for every file of the request.
    ///
    /// # Errors
    ///
    /// [`Error::PathAfterFile`] once a file has begun to flow into another folder.
    pub fn set_path(&mut self, path: &str) -> Result<()> {
        let path = Some(path.to_owned()).filter(|path| !path.is_empty());
        if path == self.path {
            return Ok(());
        }
        if path.as_ref().is_some_and(|path| path.len() > LONGEST_PATH || path.chars().any(char::is_control)) {
            let message = format!("path must be at most {LONGEST_PATH} bytes, without control characters");
            return Err(Error::InvalidInfo(vec![InfoProblem { path: vec!["path".to_owned()], message, value: None }]));
        }
        if self.files.iter().any(|file| matches!(file, Entry::Running(_))) {
            return Err(Error::PathAfterFile);
        }
        self.path = path;
        Ok(())
    }

    /// Sets the entry that the files are attached to.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidLink`]
    pub fn set_link(&mut self, link: Link) -> Result<()> {
        check_link(&link, self.context.settings.links.as_deref())?;
        self.link = Some(link);
        Ok(())
    }

    /// Sets the information about the files. The key of a file that already flows keeps the name that the file came with.
    pub fn set_infos(&mut self, infos: Infos) {
        self.infos = Some(infos);
    }

    /// Adds the next file. Returns once the file is buffered in memory, or once its whole body was streamed to the
    /// provider.
    ///
    /// A file that is not acceptable is no error yet: [`finish`](Self::finish) reports all of them at once.
    pub async fn add(&mut self, incoming: Incoming) -> Result<()> {
        let name = incoming.name.clone();
        let waiting: usize = self.files.iter().map(Entry::buffered_bytes).sum();
        if waiting > self.context.settings.small_file {
            self.start_all().await;
        }
        let buffered = match self.context.peek(incoming).await? {
            Sniffed::Buffered(buffered) => buffered,
            Sniffed::Empty => {
                self.rejections.push(Rejection::Empty { name });
                return Ok(());
            }
            Sniffed::Rejected(rejection) => {
                self.rejections.push(rejection);
                return Ok(());
            }
        };
        self.has_bytes = true;
        if !self.rejections.is_empty() {
            // The request has failed already: nothing more is stored, but faults of further files are still reported.
            return self.drain(buffered).await;
        }
        if buffered.is_flowing() {
            let index = self.files.len();
            let info = self.info_so_far(index);
            return self.flow(buffered, info).await;
        }
        self.files.push(Entry::Waiting(buffered));
        Ok(())
    }

    /// Completes the request: either every file is visible afterwards, or none.
    pub async fn finish(mut self) -> Result<Vec<MediaFile>> {
        if !self.has_bytes && self.rejections.iter().all(Rejection::is_empty) {
            return Err(Error::NoFiles);
        }
        if !self.rejections.is_empty() {
            self.undo_all().await;
            return Err(Error::Rejected(self.rejections));
        }
        let infos = match Infos::for_files(self.infos.take(), self.files.len()) {
            Ok(infos) => infos,
            Err(error) => {
                self.undo_all().await;
                return Err(error);
            }
        };
        self.infos = Some(Infos::Many(infos.clone()));
        self.start_all().await;
        let stored = self.stored().await?;
        let uploads = stored.into_iter().zip(&infos).map(|(mut upload, info)| {
            upload.file.describe(info);
            upload
        });
        let (uploads, link) = (uploads.collect(), self.link.take());
        let context = self.context.clone();
        self.context.to_its_end(async move { Upload::publish(&context, uploads, link.as_ref()).await }).await
    }

    async fn flow(&mut self, buffered: BufferedUpload, info: FileInfo) -> Result<()> {
        let (tell, told) = oneshot::channel();
        let (slots, context, path, cancel) =
            (self.slots.clone(), self.context.clone(), self.path.clone(), self.cancel.clone());
        let slot = slots.acquire_owned().await.map_err(|_| Error::ShuttingDown)?;
        let mut running = self.context.changes.spawn(carried(async move {
            let flowing = |meter| drop(tell.send(meter));
            let _slot: OwnedSemaphorePermit = slot;
            context.store_new(buffered, info, path, cancel, flowing).await
        }));
        let ended = async {
            match told.await {
                Ok(meter) => meter.ended().await,
                // The upload failed before it began.
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = ended => self.files.push(Entry::Running(running)),
            outcome = &mut running => match joined(outcome) {
                Ok(stored) => self.files.push(Entry::Running(tokio::spawn(async { Ok(stored) }))),
                Err(Error::Rejected(rejections)) => self.rejections.extend(rejections),
                Err(error) => return Err(error),
            },
        }
        Ok(())
    }

    /// Starts the upload of every buffered file.
    async fn start_all(&mut self) {
        for index in 0..self.files.len() {
            if !matches!(self.files[index], Entry::Waiting(_)) {
                continue;
            }
            let Ok(slot) = self.slots.clone().acquire_owned().await else { return };
            let (context, info, path) = (self.context.clone(), self.info_so_far(index), self.path.clone());
            let cancel = self.cancel.clone();
            self.files[index].start(|buffered| {
                self.context.changes.spawn(carried(async move {
                    let _slot = slot;
                    context.store_new(buffered, info, path, cancel, drop).await
                }))
            });
        }
    }

    /// Waits for every upload; if one failed, undoes the others.
    async fn stored(&mut self) -> Result<Vec<Upload>> {
        let running = self.files.drain(..).filter_map(|entry| match entry {
            Entry::Running(task) => Some(task),
            Entry::Waiting(_) => None,
        });
        let outcomes = join_all(running).await.into_iter().map(joined);
        let (mut stored, mut rejections, mut failure) = (Vec::new(), Vec::new(), None);
        for outcome in outcomes {
            match outcome {
                Ok(file) => stored.push(file),
                Err(Error::Rejected(more)) => rejections.extend(more),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        let failure = failure.or_else(|| (!rejections.is_empty()).then_some(Error::Rejected(rejections)));
        let Some(failure) = failure else { return Ok(stored) };
        join_all(stored.into_iter().map(Upload::undo)).await;
        Err(failure)
    }

    async fn undo_all(&mut self) {
        self.cancel.cancel();
        self.files.retain(|entry| matches!(entry, Entry::Running(_)));
        if let Ok(stored) = self.stored().await {
            join_all(stored.into_iter().map(Upload::undo)).await;
        }
    }

    /// Reads a file that is not stored, to report whether it is too large.
    async fn drain(&mut self, buffered: BufferedUpload) -> Result<()> {
        let BufferedUpload { name, content, .. } = buffered;
        let (beginning, rest) = match content {
            Content::Flowing { beginning, rest, .. } => (beginning, rest),
            // An image may still become smaller.
            Content::Whole { image: Some(_), .. } => return Ok(()),
            Content::Whole { bytes, .. } => (bytes, Body::empty()),
        };
        let rules = BodyRules { limit: self.context.size_limit, cancel: self.cancel.clone(), release: None };
        let (mut body, meter) = metered(beginning, rest, None, rules);
        while body.next().await.is_some_and(|chunk| chunk.is_ok()) {}
        match meter.take_fault() {
            None => {}
            Some(BodyFault::OverTheLimit) => self.rejections.push(self.context.size_limit.rejection(&name)),
            Some(BodyFault::Broken(error)) => return Err(Error::BrokenBody(error)),
        }
        Ok(())
    }

    fn info_so_far(&self, index: usize) -> FileInfo {
        match &self.infos {
            Some(Infos::One(info)) if index == 0 => info.clone(),
            Some(Infos::Many(infos)) => infos.get(index).cloned().unwrap_or_default(),
            _ => FileInfo::default(),
        }
    }
}

impl Entry {
    fn buffered_bytes(&self) -> usize {
        match self {
            Self::Waiting(buffered) => buffered.buffered_bytes(),
            Self::Running(_) => 0,
        }
    }

    fn start(&mut self, run: impl FnOnce(BufferedUpload) -> JoinHandle<Result<Upload>>) {
        let placeholder = Self::Waiting(BufferedUpload::nothing());
        *self = match std::mem::replace(self, placeholder) {
            Self::Waiting(buffered) => Self::Running(run(buffered)),
            running @ Self::Running(_) => running,
        };
    }
}
