//! A new file: its pending row, then its objects, then the row made visible. An upload that ends before that leaves nothing.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::join_all;
use longshore_media_store::{Announce, Claim, ObjectRef, PendingFile, Plan};
use longshore_plugin_host::trace_parent::carried;
use longshore_provider::{Result as ProviderResult, Uploaded};

use super::{
    Context, claiming::Ended, describe::DescribeFile, metered_body::BodyMeter, objects::AsFile, prepare::Prepared,
    provider_calls::outcome_is_unknown,
};
use crate::{Format, Link, MediaFile, Result, StoreError};

/// A new file whose row is pending. Dropping it removes what was written, in a task of its own.
pub(super) struct Upload {
    /// The file as the row will describe it.
    pub(super) file: MediaFile,
    rollback: Option<Rollback>,
}

/// The data that undoing an upload needs.
struct Rollback {
    context: Arc<Context>,
    claim: Claim,
    chain: Vec<String>,
    objects: Vec<ObjectRef>,
    writes: Writes,
}

/// Whether writes of the objects that are removed may still arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writes {
    /// All writes have ended. A removed object stays removed.
    Ended,
    /// The outcome of a write is unknown. A removed object may still arrive.
    OutcomeUnknown,
}

impl Upload {
    /// Makes the pending row, which names all objects, before the first of them is written.
    pub(super) async fn begin(context: Arc<Context>, mut file: MediaFile, formats: &[Format]) -> Result<Self> {
        let mut objects = vec![file.main_object()];
        objects.extend(formats.iter().map(Format::object));
        let row = PendingFile::of(&file, Plan::preparing(objects.clone()));
        let claims = context.store.insert_pending(context.settings.lease, vec![row]).await?;
        let claim = claims.into_iter().next().expect("a row was inserted");
        file.id = claim.id();
        let chain = file.provider_chain.clone();
        let rollback = Rollback { context, claim, chain, objects, writes: Writes::OutcomeUnknown };
        Ok(Self { file, rollback: Some(rollback) })
    }

    /// Writes the objects. An upload that fails is undone before the error is returned.
    pub(super) async fn write(
        mut self,
        name: &str,
        prepared: Prepared,
        formats: Vec<Format>,
        started: impl FnOnce(BodyMeter) + Send,
    ) -> Result<Self> {
        let context = self.rollback.as_ref().expect("the upload has not ended").context.clone();
        let provider = context.registry.main();
        let Prepared { body, meter, sum, formats: made, memory: _memory, .. } = prepared;
        let bodies: Vec<Bytes> = made.into_iter().map(|made| made.bytes).collect();
        if let Some(meter) = &meter {
            started(meter.clone());
        }
        let mut main = self.file.as_file();
        main.url = None;
        main.size = body.size();
        let upload = async {
            match &meter {
                Some(meter) => context.while_it_moves(meter, provider.upload(&main, body)).await,
                None => context.store_whole(provider, &main, body).await,
            }
        };
        // All writes run to their ends: a write that is dropped might still arrive after the upload was undone.
        let (main, formats) = futures::join!(upload, context.store_formats(provider, formats, bodies));
        self.note_outcomes(&main, meter.as_ref(), &formats);
        let formats: ProviderResult<Vec<Format>> = formats.into_iter().collect();
        let outcome = main.and_then(|uploaded| Ok((uploaded, formats?)));
        let failure = match outcome {
            Ok((uploaded, formats)) => {
                self.file.formats = Some(formats).filter(|formats| !formats.is_empty());
                self.file.set_stored(uploaded, sum.or_else(|| meter.and_then(|meter| meter.sum())));
                return Ok(self);
            }
            Err(source) => context.upload_failed(provider.name(), name, meter.as_ref(), source),
        };
        self.undo().await;
        Err(failure)
    }

    fn note_outcomes(
        &mut self,
        main: &ProviderResult<Uploaded>,
        meter: Option<&BodyMeter>,
        formats: &[ProviderResult<Format>],
    ) {
        // A body that was cut off cannot become an object.
        let is_whole = !meter.is_some_and(BodyMeter::is_cut_off);
        let main_is_unknown = main.as_ref().err().is_some_and(|error| is_whole && outcome_is_unknown(error));
        let is_unknown = main_is_unknown || formats.iter().any(format_is_unknown);
        if !is_unknown && let Some(rollback) = &mut self.rollback {
            rollback.writes = Writes::Ended;
        }
    }

    /// Makes the rows of all uploads visible, and attaches them to the entry. Either all succeed or none.
    pub(super) async fn publish(context: &Context, uploads: Vec<Self>, link: Option<&Link>) -> Result<Vec<MediaFile>> {
        let ids: Vec<i64> = uploads.iter().map(|upload| upload.file.id).collect();
        let files = uploads.iter().map(|upload| (upload.claim(), upload.file.clone()));
        let error = match context.store.publish(files, link).await {
            Ok(files) => {
                uploads.into_iter().for_each(Self::keep);
                return Ok(files);
            }
            Err(error) => error,
        };
        // The commit may have succeeded although its reply was lost.
        match context.store.get_many(&ids).await {
            Ok(files) if files.len() == ids.len() => {
                uploads.into_iter().for_each(Self::keep);
                Ok(files)
            }
            Ok(_) => {
                join_all(uploads.into_iter().map(Self::undo)).await;
                // The commit may have arrived before the rows were marked for deletion. It cannot arrive any longer.
                match context.store.get_many(&ids).await {
                    Ok(files) if files.len() == ids.len() => Ok(files),
                    _ => Err(error.into()),
                }
            }
            Err(_) => {
                // The outcome stays unknown here. The sweeper undoes rows that are pending when their lease ends.
                uploads.into_iter().for_each(Self::keep);
                Err(error.into())
            }
        }
    }

    /// Removes what was written, and the row.
    pub(super) async fn undo(mut self) {
        if let Some(rollback) = self.rollback.take() {
            let context = rollback.context.clone();
            // In a task: the caller may go away.
            let _ = context.changes.spawn_on(carried(rollback.run()), &context.runtime).await;
        }
    }

    fn claim(&self) -> &Claim {
        &self.rollback.as_ref().expect("the upload has not ended").claim
    }

    /// Leaves row and objects as they are.
    fn keep(mut self) {
        self.rollback = None;
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(rollback) = self.rollback.take() {
            let context = rollback.context.clone();
            context.changes.spawn_on(carried(rollback.run()), &context.runtime);
        }
    }
}

impl Rollback {
    async fn run(self) {
        let Self { context, claim, chain, objects, writes } = self;
        let id = claim.id();
        // Before any object is removed: the commit that makes the row visible may be on its way, or have happened.
        match claim.mark_for_deletion().await {
            Ok(()) => {}
            // The row is visible, or another host undoes the upload.
            Err(StoreError::LostLease) => return,
            Err(error) => {
                tracing::warn!(id, error = &error as &dyn std::error::Error, "an upload cannot be undone yet");
                return context.leave_to_the_sweeper(claim).await;
            }
        }
        match writes {
            Writes::Ended => {
                let ended = remove_all(&context, &claim, &chain, &objects).await;
                context.end(claim, ended).await;
            }
            Writes::OutcomeUnknown => {
                // The row stays: it names the objects that have to be removed again when no write can arrive any longer.
                let _ = remove_objects(&context, id, &chain, &objects).await;
                context.leave_until_no_write_arrives(claim).await;
            }
        }
    }
}

/// Removes the objects of a row that cannot become visible, then the row.
pub(super) async fn remove_all(
    context: &Context,
    claim: &Claim,
    chain: &[String],
    objects: &[ObjectRef],
) -> Result<Ended> {
    let ended = remove_objects(context, claim.id(), chain, objects).await;
    if ended == Ended::Entirely {
        claim.remove(Announce::No).await?;
    }
    Ok(ended)
}

async fn remove_objects(context: &Context, id: i64, chain: &[String], objects: &[ObjectRef]) -> Ended {
    let Some(provider) = context.registry.serving(chain) else {
        tracing::warn!(id, provider = chain.first(), "an upload cannot be undone: its provider is not loaded");
        return Ended::NotYet;
    };
    match context.delete_objects(provider, objects).await {
        Ok(()) => Ended::Entirely,
        Err(error) => {
            tracing::warn!(id, error = &error as &dyn std::error::Error, "an upload cannot be undone yet");
            Ended::NotYet
        }
    }
}

/// Whether it is unknown if the format was stored.
pub(super) fn format_is_unknown(stored: &ProviderResult<Format>) -> bool {
    stored.as_ref().err().is_some_and(outcome_is_unknown)
}
