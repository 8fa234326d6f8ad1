//! Storing one new file: its row, then its objects.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::join_all;
use longshore_images::{EncodedFormat, ImageError, ImageKind, ProcessedImage};
use longshore_plugin_host::registry::Provider;
use longshore_provider::{Body, Result as ProviderResult};
use tokio_util::sync::CancellationToken;

use super::{
    Shared,
    held::{Content, Held},
    image_memory::ImageReservation,
    pending::Pending,
    serving::is_doubtful,
    watched::{self, Rules, Watch, watched},
};
use crate::{
    Error, FileInfo, Format, MediaFile, Rejection, Result, name,
    store::{PendingFile, Plan},
};

/// A new file whose objects are stored and whose row is still pending.
pub(super) struct Stored {
    pub(super) file: MediaFile,
    pub(super) pending: Pending,
}

/// The bytes of a main object, ready to be sent, and what they were made into.
pub(super) struct Prepared {
    pub(super) body: Body,
    /// Of a body that is still to come.
    pub(super) watch: Option<Watch>,
    /// Size and checksum of one that is there.
    pub(super) sum: Option<(u64, String)>,
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    pub(super) formats: Vec<EncodedFormat>,
    /// The reservation of memory that main file and formats share.
    pub(super) _memory: Option<ImageReservation>,
}

impl Shared {
    /// Stores a new file on the main provider. When it fails, nothing of it is left.
    pub(super) async fn store_new(
        self: Arc<Self>,
        held: Held,
        info: FileInfo,
        path: Option<String>,
        cancel: CancellationToken,
        flowing: impl FnOnce(Watch) + Send,
    ) -> Result<Stored> {
        info.check()?;
        let named = name::Stored::new(&held.name, info.name.as_deref(), &held.mime);
        let prepared = self
            .prepare(&held.name, held.content, Rules { limit: self.settings.size_limit, cancel, release: None })
            .await?;
        let provider = self.registry.main();
        let mut file = MediaFile::new(named, held.mime, path, provider.chain());
        file.describe(&info);
        (file.width, file.height) = (prepared.width, prepared.height);
        let formats: Vec<Format> = prepared.formats.iter().map(|made| file.format(made, &file.hash)).collect();
        let mut objects = vec![file.main_object()];
        objects.extend(formats.iter().map(Format::object));

        let row = PendingFile::of(&file, Plan::preparing(objects.clone()));
        let ids = self.store.insert_pending(&self.leases.owner, self.leases.lease, vec![row]).await?;
        file.id = ids.first().copied().unwrap_or_default();
        let mut pending = Pending::new(self.clone(), file.id, file.provider_chain.clone(), objects);

        let bodies: Vec<Bytes> = prepared.formats.into_iter().map(|made| made.bytes).collect();
        let watch = prepared.watch;
        if let Some(watch) = &watch {
            flowing(watch.clone());
        }
        let mut main = file.stored();
        main.url = None;
        main.size = prepared.body.size();
        let upload = async {
            match &watch {
                Some(watch) => self.while_it_moves(watch, provider.upload(&main, prepared.body)).await,
                None => self.store_whole(provider, &main, prepared.body).await,
            }
        };
        // All to their ends: one that is dropped on its way might still arrive, after it was undone.
        let (main, formats) = futures::join!(upload, self.store_formats(provider, formats, bodies));
        // Of a body that was cut off nothing can arrive.
        let is_whole = !watch.as_ref().is_some_and(Watch::is_cut_off);
        let is_doubtful = main.as_ref().err().is_some_and(|error| is_whole && is_doubtful(error));
        if !is_doubtful && !formats.iter().any(is_lost) {
            pending.answered();
        }
        let formats: ProviderResult<Vec<Format>> = formats.into_iter().collect();
        let outcome = main.and_then(|uploaded| Ok((uploaded, formats?)));
        match outcome {
            Ok((uploaded, formats)) => {
                file.formats = Some(formats).filter(|formats| !formats.is_empty());
                file.stored_as(uploaded, prepared.sum.or_else(|| watch.and_then(|watch| watch.sum())));
                Ok(Stored { file, pending })
            }
            Err(source) => {
                let error = self.upload_failed(provider.name(), &held.name, watch.as_ref(), source);
                pending.undo().await;
                Err(error)
            }
        }
    }

    /// Makes the formats of an image; watches a body that is still to come.
    pub(super) async fn prepare(&self, name: &str, content: Content, rules: Rules) -> Result<Prepared> {
        let (bytes, image, memory) = match content {
            Content::Flowing { beginning, rest, size } => {
                let (body, watch) = watched(beginning, rest, size, rules);
                return Ok(Prepared { watch: Some(watch), ..Prepared::plain(body) });
            }
            Content::Whole { bytes, image: None, memory } => (bytes, None, memory),
            Content::Whole { bytes, image: Some(kind), memory } => {
                let made = self.make_formats(name, bytes.clone(), kind).await?;
                (bytes, made, memory)
            }
        };
        let mut prepared = match image {
            None => Prepared { sum: Some(sum_of(&bytes)), ..Prepared::plain(Body::from(bytes)) },
            Some(made) => Prepared {
                sum: Some(sum_of(&made.main)),
                width: made.width,
                height: made.height,
                formats: made.formats,
                ..Prepared::plain(Body::from(made.main))
            },
        };
        let size = prepared.sum.as_ref().map_or(0, |(size, _)| *size);
        if rules.limit > 0 && size > rules.limit {
            let rejection = Rejection::TooLarge { name: name.to_owned(), limit: rules.limit };
            return Err(Error::Rejected(vec![rejection]));
        }
        if rules.limit > 0 {
            drop_over(rules.limit, name, &mut prepared.formats);
        }
        if let Some(reservation) = &memory {
            let formats: usize = prepared.formats.iter().map(|made| made.bytes.len()).sum();
            // Should nothing be free for what they take beyond it, that is not waited for.
            reservation.finalize(usize::try_from(size).unwrap_or(usize::MAX).saturating_add(formats));
        }
        Ok(Prepared { _memory: memory, ..prepared })
    }

    /// `None` when the bytes only look like an image.
    async fn make_formats(&self, name: &str, bytes: Bytes, kind: ImageKind) -> Result<Option<ProcessedImage>> {
        match self.images.process(bytes, kind).await {
            Ok(made) => Ok(Some(made)),
            Err(ImageError::NotAnImage) => Ok(None),
            Err(ImageError::Closed) => Err(Error::ShuttingDown),
            Err(error @ (ImageError::Invalid(_) | ImageError::TooLarge(_))) => {
                Err(Error::Rejected(vec![Rejection::Image { name: name.to_owned(), reason: error.to_string() }]))
            }
        }
    }

    /// Stores the formats of a file, all of them to their ends; answers what became of each.
    pub(super) async fn store_formats(
        &self,
        provider: &Provider,
        formats: Vec<Format>,
        bodies: Vec<Bytes>,
    ) -> Vec<ProviderResult<Format>> {
        let uploads = formats.into_iter().zip(bodies).map(async |(mut format, bytes)| {
            let mut file = format.object().as_file();
            file.name.clone_from(&format.name);
            file.mime.clone_from(&format.mime);
            file.size = Some(bytes.len() as u64);
            let uploaded = self.store_whole(provider, &file, Body::from(bytes)).await?;
            format.stored_as(uploaded);
            Ok(format)
        });
        join_all(uploads).await
    }
}

impl Prepared {
    fn plain(body: Body) -> Self {
        Self { body, watch: None, sum: None, width: None, height: None, formats: Vec::new(), _memory: None }
    }
}

/// A format without loss may be larger than an image that was accepted: that is no reason to refuse the image.
fn drop_over(limit: u64, name: &str, formats: &mut Vec<EncodedFormat>) {
    formats.retain(|made| {
        let fits = made.bytes.len() as u64 <= limit;
        if !fits {
            let (format, bytes) = (&made.format, made.bytes.len());
            tracing::info!(name, format, bytes, limit, "a format is larger than the limit of files, and left out");
        }
        fits
    });
}

/// Whether nobody knows if the format was stored.
pub(super) fn is_lost(stored: &ProviderResult<Format>) -> bool {
    stored.as_ref().err().is_some_and(is_doubtful)
}

fn sum_of(bytes: &[u8]) -> (u64, String) {
    (bytes.len() as u64, watched::checksum(bytes))
}
