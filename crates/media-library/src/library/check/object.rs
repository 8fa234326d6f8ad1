//! One object of a file, compared with its row.

use crc_fast::{CrcAlgorithm, Digest};
use futures::TryStreamExt;
use longshore_media_store::{FileId, MediaFile};
use longshore_plugin_host::registry::Provider;
use longshore_provider::{Error as ProviderError, ErrorKind, File};

use super::{Finding, FindingKind, listing::Listing};
use crate::{
    Result,
    library::{Context, metered_body, objects::AsFile},
};

/// An object that a row names.
pub(super) struct CheckedObject {
    /// The number of the row.
    id: i64,
    /// When the row was changed last.
    updated_at: i64,
    /// The name that people see.
    name: String,
    format: Option<String>,
    /// For calls of the provider.
    file: File,
    /// The full key, if the provider can tell.
    key: Option<String>,
    /// The size in bytes that the row says.
    pub(super) size: u64,
    /// Only of main objects.
    pub(super) checksum: Option<String>,
}

impl CheckedObject {
    /// The main object of a file and those of its formats.
    pub(super) async fn all_of(provider: &Provider, file: &MediaFile) -> Vec<Self> {
        let main = (None, file.as_file(), file.size_bytes, file.checksum.clone());
        let formats = file.formats.iter().flatten();
        let formats =
            formats.map(|format| (Some(format.format.clone()), format.object().as_file(), format.size_bytes, None));
        let mut objects = Vec::new();
        for (format, stored, size, checksum) in std::iter::once(main).chain(formats) {
            // Imported rows have no key.
            let key = match &stored.key {
                Some(key) => Some(key.clone()),
                None => provider.handle().key(&stored).await.ok(),
            };
            let (id, updated_at, name) = (file.id, file.updated_at, file.name.clone());
            objects.push(Self { id, updated_at, name, format, file: stored, key, size, checksum });
        }
        objects
    }

    /// Takes the object from the listing. Returns the listed size.
    pub(super) fn take_from(&self, listing: &mut Listing) -> Option<u64> {
        listing.take(self.key.as_deref()?)
    }

    /// Looks the object up.
    pub(super) async fn look_up(self, context: &Context, provider: &Provider) -> Result<Option<Finding>> {
        let kind = match context.in_time(provider.head(&self.file)).await {
            Ok(meta) if meta.size == self.size => return Ok(None),
            Ok(meta) => FindingKind::WrongSize { expected: self.size, found: meta.size },
            Err(error) => of_error(error),
        };
        self.confirmed(context, provider, kind).await
    }

    /// Reads the object, and compares its checksum.
    pub(super) async fn read(self, context: &Context, provider: &Provider) -> Result<Option<Finding>> {
        let kind = match read(context, provider, &self.file).await {
            Ok((size, _)) if size != self.size => FindingKind::WrongSize { expected: self.size, found: size },
            Ok((_, found)) => match &self.checksum {
                Some(expected) if *expected != found => {
                    FindingKind::WrongChecksum { expected: expected.clone(), found }
                }
                _ => return Ok(None),
            },
            Err(error) => of_error(error),
        };
        self.confirmed(context, provider, kind).await
    }

    /// The finding, unless the row was changed or removed meanwhile.
    async fn confirmed(self, context: &Context, provider: &Provider, kind: FindingKind) -> Result<Option<Finding>> {
        let now = context.store.get(&FileId::Number(self.id)).await?;
        Ok(now.filter(|now| now.updated_at == self.updated_at).map(|_| Finding {
            kind,
            provider: provider.name().to_owned(),
            file: Some((self.id, self.name)),
            format: self.format,
            key: self.key,
        }))
    }
}

fn of_error(error: ProviderError) -> FindingKind {
    match error.kind() {
        ErrorKind::NotFound => FindingKind::Missing,
        ErrorKind::Unsupported => FindingKind::CannotTell,
        _ => FindingKind::Failed(error),
    }
}

/// The size and the checksum of the stored bytes.
async fn read(context: &Context, provider: &Provider, file: &File) -> Result<(u64, String), ProviderError> {
    let mut body = context.in_time(provider.open_file(file, None)).await?.body;
    let (mut size, mut sum) = (0, Digest::new(CrcAlgorithm::Crc64Nvme));
    while let Some(chunk) = context.in_time(body.try_next()).await? {
        size += chunk.len() as u64;
        sum.update(&chunk);
    }
    Ok((size, metered_body::written(sum.finalize())))
}
