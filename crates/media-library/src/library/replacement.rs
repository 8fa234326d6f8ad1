//! The steps of a replacement. Before the main object is written, a failure changes nothing. After that the replacement can
//! only be finished, by this process or by the sweeper.

mod outcome;

use std::{pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use longshore_images::EncodedFormat;
use longshore_media_store::{Claim, PendingFile, Phase, Plan, PreviousObject, Replaced, RowState, document_id};
use longshore_provider::{Body, ErrorKind, Result as ProviderResult, Uploaded};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use self::outcome::StoredObject;
use super::{
    Context, describe::DescribeFile, metered_body::BodyMeter, objects::AsFile, prepare::Prepared,
    provider_calls::outcome_is_unknown, upload::format_is_unknown,
};
use crate::{Error, FileId, FileInfo, Format, MediaFile, Result, StoreError, name};

/// Letters and digits that tell the keys of a replacement's formats from those before.
const SUFFIX: usize = 6;

/// A claimed file whose objects are replaced.
pub(super) struct Replacement {
    context: Arc<Context>,
    claim: Claim,
    /// The file as its row describes it.
    file: MediaFile,
    plan: Plan,
}

/// When a streamed body may end: after the whole request was read, and while the claim is held.
pub(super) struct EndOfBody {
    pub(super) meter: BodyMeter,
    /// Gets the meter once the body begins to flow.
    pub(super) started: Option<oneshot::Sender<BodyMeter>>,
    /// Cancelled once the whole request was read.
    pub(super) request_read: CancellationToken,
    /// Cancelled to let the body end.
    pub(super) may_end: CancellationToken,
    /// Cancelled to break the body off.
    pub(super) cancel: CancellationToken,
}

impl Replacement {
    /// Claims the file.
    pub(super) async fn begin(context: Arc<Context>, id: &FileId) -> Result<Self> {
        let (claim, file) = context.claim(id, RowState::Replacing).await?;
        let plan = Plan { old: file.format_objects(), ..Plan::preparing(Vec::new()) };
        Ok(Self { context, claim, file, plan })
    }

    /// An interrupted replacement.
    pub(super) fn resume(context: Arc<Context>, claim: Claim, file: MediaFile, plan: Plan) -> Self {
        Self { context, claim, file, plan }
    }

    /// Replaces the file by what was prepared. `info` is looked at when the body has ended.
    pub(super) async fn run(
        mut self,
        name: &str,
        mime: String,
        prepared: Prepared,
        mut end: Option<EndOfBody>,
        info: impl Fn() -> Option<FileInfo>,
    ) -> Result<MediaFile> {
        let mut next = match self.write_formats(name, mime, &prepared.formats).await {
            Ok(next) => next,
            Err(error) => return self.fail(error).await,
        };
        (next.width, next.height) = (prepared.width, prepared.height);
        // The size of a body that is still to come is unknown. No stored object has the size 0.
        let (size, checksum) = prepared.sum.clone().map_or((0, None), |(size, checksum)| (size, Some(checksum)));
        (next.size_bytes, next.checksum, next.etag) = (size, checksum, None);
        next.describe_replacement(info().as_ref());
        if let Err(error) = self.plan_to_write(&next).await {
            return self.fail(error).await;
        }
        if let Some(end) = &mut end
            && let Some(started) = end.started.take()
        {
            let _ = started.send(end.meter.clone());
        }
        let (meter, sum) = (prepared.meter.clone(), prepared.sum.clone());
        let Prepared { body, memory: _memory, .. } = prepared;
        let written = match &end {
            Some(end) => {
                let write = self.write_main(&next, body, meter.as_ref());
                self.while_claimed(end, std::pin::pin!(write)).await
            }
            None => Ok(self.write_main(&next, body, meter.as_ref()).await),
        };
        let uploaded = match written {
            Ok(Ok(uploaded)) => uploaded,
            Ok(Err(source)) => return self.write_failed(name, meter.as_ref(), source).await,
            Err(lost) => return self.broke_off(lost, meter.as_ref()).await,
        };
        next.set_stored(uploaded, sum.or_else(|| meter.and_then(|meter| meter.sum())));
        next.describe_replacement(info().as_ref());
        self.complete(next, info()).await
    }

    /// Writes the new formats under new keys: the old formats stay readable until the row names the new ones. Returns the
    /// file as the row will describe it.
    async fn write_formats(&mut self, name: &str, mime: String, made: &[EncodedFormat]) -> Result<MediaFile> {
        let provider = self.context.provider_of(&self.file)?;
        let stem = format!("{}_{}", self.file.hash, &document_id()[..SUFFIX]);
        let mut next = self.file.clone();
        next.name = name::normalized(name);
        next.mime = mime;
        next.provider = provider.name().to_owned();
        next.provider_chain = provider.chain().to_vec();
        let formats: Vec<Format> = made.iter().map(|made| next.format(made, &stem)).collect();
        self.plan.objects = formats.iter().map(Format::object).collect();
        if !formats.is_empty() {
            self.claim.set_plan(&self.plan).await?;
        }
        let bodies: Vec<Bytes> = made.iter().map(|made| made.bytes.clone()).collect();
        let stored = self.context.store_formats(provider, formats, bodies).await;
        let is_unknown = stored.iter().any(format_is_unknown);
        match stored.into_iter().collect::<ProviderResult<Vec<Format>>>() {
            Ok(formats) => {
                next.formats = Some(formats).filter(|formats| !formats.is_empty());
                Ok(next)
            }
            Err(source) => {
                // The formats may still arrive after they were removed.
                if is_unknown && let Err(error) = self.remember_formats(self.context.grace()).await {
                    let (id, error) = (self.file.id, &error as &dyn std::error::Error);
                    tracing::warn!(id, error, "formats may be left behind");
                }
                Err(self.context.upload_failed(provider.name(), name, None, source))
            }
        }
    }

    /// Makes a row for the new formats, as the row of the file is released. The sweeper removes the formats once `after` has
    /// passed.
    async fn remember_formats(&self, after: Duration) -> Result<()> {
        let plan = Plan::preparing(self.plan.objects.clone());
        let row = PendingFile { document_id: document_id(), ..PendingFile::of(&self.file, plan) };
        // The claims are dropped, so that nothing renews their lease.
        self.context.store.insert_pending(after, vec![row]).await?;
        self.context.left.notify_one();
        Ok(())
    }

    /// Writes down that the main object may be overwritten from now on, and which object is there before.
    async fn plan_to_write(&mut self, next: &MediaFile) -> Result<()> {
        self.plan.before = self.before_writing().await?;
        let plan = Plan { phase: Phase::Committing, next: Some(Box::new(Replaced::of(next))), ..self.plan.clone() };
        // If the outcome of this statement is unknown, nothing is written: the replacement is undone by its old plan.
        self.claim.set_plan(&plan).await?;
        self.plan = plan;
        Ok(())
    }

    /// The main object before it is overwritten; `None` when the provider cannot tell.
    async fn before_writing(&self) -> Result<Option<PreviousObject>> {
        let provider = self.context.provider_of(&self.file)?;
        match self.context.in_time(provider.head(&self.file.as_file())).await {
            Ok(meta) => Ok(Some(PreviousObject::Stored { etag: meta.etag, size: meta.size })),
            Err(error) => match error.kind() {
                ErrorKind::NotFound => Ok(Some(PreviousObject::Missing)),
                ErrorKind::Unsupported | ErrorKind::PermissionDenied => Ok(None),
                _ => Err(Error::Provider { provider: provider.name().to_owned(), source: error }),
            },
        }
    }

    async fn write_main(&self, next: &MediaFile, body: Body, meter: Option<&BodyMeter>) -> ProviderResult<Uploaded> {
        let Ok(provider) = self.context.provider_of(&self.file) else {
            return Err(longshore_provider::Error::internal("the provider was loaded before"));
        };
        let mut new = next.as_file();
        new.size = body.size();
        let old = self.file.as_file();
        let write = provider.replace(&new, &old, body);
        match meter {
            Some(meter) => self.context.while_it_moves(meter, write).await,
            None => self.context.in_time(write).await,
        }
    }

    /// Lets the body end once the whole request was read, if the claim is still held. Without the claim, another host
    /// may have undone the replacement, and the object must not be overwritten.
    ///
    /// # Errors
    ///
    /// The claim could not be renewed. The body was broken off, and the write has ended.
    async fn while_claimed(
        &self,
        end: &EndOfBody,
        mut write: Pin<&mut impl Future<Output = ProviderResult<Uploaded>>>,
    ) -> Result<ProviderResult<Uploaded>, BrokenOff> {
        let renewed = async {
            end.request_read.cancelled().await;
            self.claim.renew(self.context.settings.lease).await
        };
        let error = tokio::select! {
            outcome = &mut write => return Ok(outcome),
            renewed = renewed => match renewed {
                Ok(()) => {
                    end.may_end.cancel();
                    return Ok(write.await);
                }
                Err(error) => error,
            },
        };
        end.cancel.cancel();
        match write.await {
            // All bytes of a body of known size had been read already.
            Ok(written) => Ok(Ok(written)),
            Err(source) => Err(BrokenOff { error: error.into(), may_arrive: outcome_is_unknown(&source) }),
        }
    }

    async fn broke_off(self, lost: BrokenOff, meter: Option<&BodyMeter>) -> Result<MediaFile> {
        if lost.may_arrive && !meter.is_some_and(BodyMeter::is_cut_off) {
            self.finish_or_wait().await;
        } else {
            // The object was not overwritten. If the claim was lost, another host ends the replacement.
            self.context.leave_to_the_sweeper(self.claim).await;
        }
        Err(lost.error)
    }

    async fn write_failed(
        mut self,
        name: &str,
        meter: Option<&BodyMeter>,
        source: longshore_provider::Error,
    ) -> Result<MediaFile> {
        let may_arrive = outcome_is_unknown(&source) && !meter.is_some_and(BodyMeter::is_cut_off);
        let error = self.context.upload_failed(&self.file.provider, name, meter, source);
        if may_arrive {
            self.finish_or_wait().await;
            return Err(error);
        }
        // The provider refused, or the body was cut off before its end: unless the provider reports a new object, the object
        // is the one from before.
        if meter.is_some_and(BodyMeter::is_cut_off) || !matches!(self.main_object().await, Ok(StoredObject::New(_))) {
            self.plan.phase = Phase::Preparing;
        }
        self.fail(error).await
    }

    /// Makes the row describe the new main object, then removes the old formats.
    async fn complete(self, next: MediaFile, info: Option<FileInfo>) -> Result<MediaFile> {
        let after = self.plan.cleaning();
        match self.claim.show_replacement(&Replaced::of(&next), &after).await {
            Ok(now) => {
                let ended = self.clean_up(&now, &after).await;
                self.context.end(self.claim, ended).await;
                Ok(now)
            }
            Err(StoreError::LostLease) => Box::pin(self.complete_again(next, info)).await,
            Err(error) => {
                self.context.leave_to_the_sweeper(self.claim).await;
                Err(error.into())
            }
        }
    }
}

/// Why a body was broken off.
struct BrokenOff {
    error: Error,
    /// Whether the write may still take place.
    may_arrive: bool,
}
