//! The bytes of a file, ready to be written: as they came, or as an image with its formats.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::join_all;
use longshore_images::{EncodedFormat, ImageError, ImageKind, ProcessedImage};
use longshore_plugin_host::registry::Provider;
use longshore_provider::{Body, ErrorKind, Result as ProviderResult};
use tokio_util::sync::CancellationToken;

use super::{
    Context,
    buffered::{BufferedUpload, Content},
    describe::{DescribeFile, new_file, set_stored_format},
    image_memory::ImageReservation,
    metered_body::{self, BodyMeter, BodyRules, metered},
    objects::AsFile,
    size_limit::SizeLimit,
    upload::Upload,
};
use crate::{Error, FileInfo, Format, InfoProblem, MediaFile, Rejection, Result, info::check_info, name};

/// The bytes of a main object and of its formats.
pub(super) struct Prepared {
    pub(super) body: Body,
    /// The meter of a body that is still to come.
    pub(super) meter: Option<BodyMeter>,
    /// Size and checksum of a body that is complete.
    pub(super) sum: Option<(u64, String)>,
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    pub(super) formats: Vec<EncodedFormat>,
    /// The reservation of memory for images, until all of them are written.
    pub(super) memory: Option<ImageReservation>,
}

impl Context {
    /// Stores a new file on the main provider. An upload that fails leaves nothing.
    pub(super) async fn store_new(
        self: Arc<Self>,
        buffered: BufferedUpload,
        info: FileInfo,
        path: Option<String>,
        cancel: CancellationToken,
        started: impl FnOnce(BodyMeter) + Send,
    ) -> Result<Upload> {
        check_info(&info)?;
        let BufferedUpload { name, mime, content } = buffered;
        let named = name::Stored::new(&name, info.name.as_deref(), &mime);
        let rules = BodyRules { limit: self.size_limit, cancel, release: None };
        let prepared = self.prepare(&name, content, rules).await?;
        let mut file = new_file(named, mime, path, self.registry.main().chain());
        file.describe(&info);
        (file.width, file.height) = (prepared.width, prepared.height);
        let formats: Vec<Format> = prepared.formats.iter().map(|made| file.format(made, &file.hash)).collect();
        self.check_keys(&file, &formats).await?;
        let upload = Upload::begin(self, file, &formats).await?;
        upload.write(&name, prepared, formats, started).await
    }

    /// Refuses keys that the provider does not accept, before a row names them.
    async fn check_keys(&self, file: &MediaFile, formats: &[Format]) -> Result<()> {
        let provider = self.registry.main();
        let objects = std::iter::once(file.main_object()).chain(formats.iter().map(Format::object));
        for object in objects {
            if let Err(error) = self.in_time(provider.handle().url(&object.as_file())).await
                && error.kind() == ErrorKind::InvalidInput
            {
                return Err(wrong_key(provider.name(), file, error));
            }
        }
        Ok(())
    }

    /// Makes the formats of an image, and meters a body that is still to come.
    pub(super) async fn prepare(&self, name: &str, content: Content, rules: BodyRules) -> Result<Prepared> {
        let (bytes, image, memory) = match content {
            Content::Flowing { beginning, rest, size } => {
                let (body, meter) = metered(beginning, rest, size, rules);
                return Ok(Prepared { meter: Some(meter), ..Prepared::plain(body) });
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
        if !rules.limit.allows(size) {
            return Err(Error::Rejected(vec![rules.limit.rejection(name)]));
        }
        drop_over(rules.limit, name, &mut prepared.formats);
        if let Some(reservation) = &memory {
            let formats: usize = prepared.formats.iter().map(|made| made.bytes.len()).sum();
            // The formats may need more than the reservation. They do not wait for that memory.
            reservation.finalize(usize::try_from(size).unwrap_or(usize::MAX).saturating_add(formats));
        }
        Ok(Prepared { memory, ..prepared })
    }

    /// `None` when the bytes only look like an image.
    async fn make_formats(&self, name: &str, bytes: Bytes, kind: ImageKind) -> Result<Option<ProcessedImage>> {
        match self.images.process(bytes, kind).await {
            Ok(made) => Ok(Some(made)),
            Err(ImageError::NotAnImage) => Ok(None),
            Err(ImageError::Closed) => Err(Error::ShuttingDown),
            Err(ImageError::TooLarge(reason)) => {
                Err(Error::Rejected(vec![Rejection::ImageTooLarge { name: name.to_owned(), reason }]))
            }
            Err(error @ ImageError::Invalid(_)) => {
                // Responses do not contain the reason, as Strapi's do not.
                tracing::info!(name, "an upload is refused: {error}");
                Err(Error::Rejected(vec![Rejection::Image { name: name.to_owned(), reason: error.to_string() }]))
            }
        }
    }

    /// Stores the formats of a file. Every write runs to its end. Returns the outcome of each.
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
            set_stored_format(&mut format, uploaded);
            Ok(format)
        });
        join_all(uploads).await
    }
}

impl Prepared {
    fn plain(body: Body) -> Self {
        Self { body, meter: None, sum: None, width: None, height: None, formats: Vec::new(), memory: None }
    }
}

/// The error of a key that the provider does not accept. The sender of a file decides on its path alone.
fn wrong_key(provider: &str, file: &MediaFile, source: longshore_provider::Error) -> Error {
    if file.path.is_none() {
        return Error::Provider { provider: provider.to_owned(), source };
    }
    let message = format!("path is not accepted by the provider `{provider}`: {}", source.message());
    Error::InvalidInfo(vec![InfoProblem { path: vec!["path".to_owned()], message, value: None }])
}

/// A lossless format may be larger than the image itself. The image is accepted without it.
fn drop_over(limit: SizeLimit, name: &str, formats: &mut Vec<EncodedFormat>) {
    formats.retain(|made| {
        let fits = limit.allows(made.bytes.len() as u64);
        if !fits {
            let (format, bytes) = (&made.format, made.bytes.len());
            let limit = limit.bytes();
            tracing::info!(name, format, bytes, limit, "a format is larger than the size limit and was left out");
        }
        fits
    });
}

fn sum_of(bytes: &[u8]) -> (u64, String) {
    (bytes.len() as u64, metered_body::checksum(bytes))
}
