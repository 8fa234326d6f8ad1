//! The steps of a replacement. Before the main object is written a failure changes nothing; after it, there is no way
//! back, and the sweeper goes on where this stopped.

use std::{pin::Pin, sync::Arc};

use longshore_plugin_host::registry::Provider;
use longshore_provider::{Body, Uploaded};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{
    Shared,
    held::Held,
    replace::Said,
    serving::is_doubtful,
    storing::{Prepared, is_lost},
    watched::{Rules, Watch},
};
use crate::{
    Error, FileId, Format, MediaFile, Result, name,
    store::{ObjectRef, PendingFile, Phase, Plan, Replaced, State},
};

/// Letters and digits that tell the keys of a replacement's formats from those before.
const SUFFIX: usize = 6;

impl Shared {
    /// Replaces the file by what is held.
    pub(super) async fn replace_with(
        self: Arc<Self>,
        id: &FileId,
        held: Held,
        said: Said,
        flowing: Option<oneshot::Sender<Watch>>,
    ) -> Result<MediaFile> {
        let Held { name, mime, content } = held;
        let may_end = CancellationToken::new();
        let rules =
            Rules { limit: self.settings.size_limit, cancel: said.cancel.clone(), release: Some(may_end.clone()) };
        let mut prepared = self.prepare(&name, content, rules).await?;
        let file = self.claim(id, State::Replacing).await?;
        let mut plan = Plan { old: file.format_objects(), ..Plan::preparing(Vec::new()) };
        let provider = match self.provider_of(&file) {
            Ok(provider) => provider,
            Err(error) => return self.take_back(&file, &plan, error).await,
        };

        // The new formats get keys of their own: the old ones stay readable until the row names the new ones.
        let stem = format!("{}_{}", file.hash, &name::document_id()[..SUFFIX]);
        let mut next = file.clone();
        next.name = name::normalized(&name);
        next.mime = mime;
        next.provider = provider.name().to_owned();
        next.provider_chain = provider.chain().to_vec();
        let made = std::mem::take(&mut prepared.formats);
        let formats: Vec<Format> = made.iter().map(|made| next.format(made, &stem)).collect();
        plan.objects = formats.iter().map(Format::object).collect();
        if !formats.is_empty()
            && let Err(error) = self.store.set_plan(file.id, &self.leases.owner, &plan).await
        {
            return self.take_back(&file, &plan, error).await;
        }
        let bodies = made.into_iter().map(|made| made.bytes).collect();
        let stored = self.store_formats(provider, formats, bodies).await;
        let is_lost = stored.iter().any(is_lost);
        let formats: Vec<Format> = match stored.into_iter().collect::<longshore_provider::Result<_>>() {
            Ok(formats) => formats,
            Err(source) => {
                if is_lost {
                    self.remember(&next, &plan.objects).await;
                }
                let error = self.upload_failed(provider.name(), &name, None, source);
                return self.take_back(&file, &plan, error).await;
            }
        };
        next.formats = Some(formats).filter(|formats| !formats.is_empty());
        (next.width, next.height) = (prepared.width, prepared.height);
        // Of bytes that are still to come the size is not known: none of a stored object.
        let (size, checksum) = prepared.sum.clone().map_or((0, None), |(size, checksum)| (size, Some(checksum)));
        (next.size_bytes, next.checksum) = (size, checksum);
        if let Some(info) = said.info.get() {
            next.describe(info);
        }
        next.etag = None;
        plan.before = match self.before_writing(provider, &file).await {
            Ok(before) => before,
            Err(source) => {
                let error = Error::Provider { provider: provider.name().to_owned(), source };
                return self.take_back(&file, &plan, error).await;
            }
        };
        plan.phase = Phase::Committing;
        plan.next = Some(Box::new(Replaced::of(&next)));
        if let Err(error) = self.store.set_plan(file.id, &self.leases.owner, &plan).await {
            plan.phase = Phase::Preparing;
            return self.take_back(&file, &plan, error).await;
        }

        let watch = prepared.watch.clone();
        if let (Some(flowing), Some(watch)) = (flowing, &watch) {
            let _ = flowing.send(watch.clone());
        }
        let sum = prepared.sum.clone();
        let written = {
            let write = std::pin::pin!(self.write_main(provider, &next, &file, prepared));
            match &watch {
                Some(watch) => self.while_it_is_ours(&file, &plan, &said, &may_end, watch, write).await?,
                None => write.await,
            }
        };
        let uploaded = match written {
            Ok(uploaded) => uploaded,
            Err(source) => {
                if watch.as_ref().is_some_and(Watch::is_cut_off) {
                    // What was cut off before its end was told has become no object.
                    plan.phase = Phase::Preparing;
                }
                let may_arrive = plan.phase == Phase::Committing && is_doubtful(&source);
                let error = self.upload_failed(provider.name(), &name, watch.as_ref(), source);
                if may_arrive {
                    self.finish_or_leave_in_doubt(&file, plan).await;
                    return Err(error);
                }
                return self.take_back(&file, &plan, error).await;
            }
        };
        next.stored_as(uploaded, sum.or_else(|| watch.and_then(|watch| watch.sum())));
        if let Some(info) = said.info.get() {
            next.describe(info);
        }
        self.complete(&file, &next, &said, &plan).await
    }

    /// Lets the body of a write end once all is said, if the row is still ours then: else somebody may have undone the
    /// replacement meanwhile, and nothing may be overwritten any longer.
    async fn while_it_is_ours(
        &self,
        file: &MediaFile,
        plan: &Plan,
        said: &Said,
        may_end: &CancellationToken,
        watch: &Watch,
        mut write: Pin<&mut impl Future<Output = longshore_provider::Result<Uploaded>>>,
    ) -> Result<longshore_provider::Result<Uploaded>> {
        let sign_of_life = async {
            said.release.cancelled().await;
            self.store.renew(&self.leases.owner, self.leases.lease, &[file.id]).await
        };
        let error = tokio::select! {
            outcome = &mut write => return Ok(outcome),
            ours = sign_of_life => match ours {
                Ok(ours) if ours.contains(&file.id) => {
                    may_end.cancel();
                    return Ok(write.await);
                }
                Ok(_) => Error::LostLease,
                Err(error) => error,
            },
        };
        said.cancel.cancel();
        match write.await {
            // Its size was known, and it was all there.
            Ok(written) => return Ok(Ok(written)),
            // So it was, and may be written yet.
            Err(source) if !watch.is_cut_off() && is_doubtful(&source) => {
                self.finish_or_leave_in_doubt(file, plan.clone()).await;
            }
            // What is left of it is a row like any that was left, if it is ours at all; it was not overwritten.
            Err(_) => self.leave_to_the_sweeper(file.id).await,
        }
        Err(error)
    }

    async fn write_main(
        &self,
        provider: &Provider,
        next: &MediaFile,
        old: &MediaFile,
        prepared: Prepared,
    ) -> longshore_provider::Result<Uploaded> {
        let mut new = next.stored();
        new.size = prepared.body.size();
        let old = old.stored();
        let replace = |body: Body| provider.replace(&new, &old, body);
        if let Some(watch) = &prepared.watch {
            return self.while_it_moves(watch, replace(prepared.body)).await;
        }
        self.in_time(replace(prepared.body)).await
    }

    /// The main object is written: the row follows, then the old formats go.
    pub(super) async fn complete(
        self: &Arc<Self>,
        file: &MediaFile,
        next: &MediaFile,
        said: &Said,
        plan: &Plan,
    ) -> Result<MediaFile> {
        let after = plan.after();
        let replaced = self.store.replaced(file.id, &self.leases.owner, &Replaced::of(next), &after).await;
        let now = match replaced {
            Ok(now) => now,
            Err(Error::LostLease) => {
                self.leases.leave(file.id);
                return Box::pin(self.complete_after_all(file, next, said, plan)).await;
            }
            Err(error) => {
                self.leave_to_the_sweeper(file.id).await;
                return Err(error);
            }
        };
        let settled = self.clean_up_after(&now, &after).await;
        self.let_go_if(file.id, settled).await;
        Ok(now)
    }

    /// Sees to it that objects which may still arrive are removed then: a row of their own says so, as that of the file
    /// is given back.
    async fn remember(&self, file: &MediaFile, objects: &[ObjectRef]) {
        let row = PendingFile {
            document_id: name::document_id(),
            ..PendingFile::of(file, Plan::preparing(objects.to_vec()))
        };
        if let Err(error) = self.store.insert_pending(&self.leases.owner, self.grace(), vec![row]).await {
            tracing::warn!(id = file.id, error = &error as &dyn std::error::Error, "formats may be left behind");
        }
    }

    /// The replacement failed: undoes it, unless the main object turns out to be written; then it is finished after all.
    async fn take_back<T>(&self, file: &MediaFile, plan: &Plan, error: Error) -> Result<T> {
        let settled = self.settle_replacement(file, plan).await;
        self.let_go_if(file.id, settled).await;
        Err(error)
    }

    /// Ends a change here: a row that is not settled goes to the sweeper.
    pub(super) async fn let_go_if(&self, id: i64, settled: Result<bool>) {
        match settled {
            Ok(true) => self.leases.leave(id),
            Ok(false) | Err(_) => self.leave_to_the_sweeper(id).await,
        }
    }
}
