//! Comparing the table with what the providers store, in both directions, beside a library that is in use.
//!
//! A provider that lists is listed once. Whatever seems wrong then is looked up again: the object may have been written,
//! and the row changed, since the listing.

mod listing;
mod object;
mod orphans;

use std::{collections::HashSet, pin::pin};

use futures::{StreamExt, TryStreamExt, stream};
use longshore_media_store::{FindQuery, MediaFile};
use longshore_plugin_host::registry::Provider;
use longshore_provider::Error as ProviderError;

use self::{listing::Listing, object::CheckedObject};
use super::{Context, MediaLibrary};
use crate::Result;

/// Files whose objects are looked at together.
const CHUNK: usize = 256;
/// Objects that are looked up at a time.
const LOOKUPS: usize = 64;
/// Files that are read at a time.
const READS: usize = 4;

/// How thorough a check is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckDepth {
    /// Objects exist and have the right size.
    #[default]
    Sizes,
    /// In addition, every file whose checksum is known is read, and its checksum compared.
    Checksums,
}

/// A report of a running check.
#[derive(Debug)]
pub enum CheckEvent {
    /// So many files have been checked.
    Progress(u64),
    /// Something is wrong.
    Finding(Finding),
}

/// The numbers of a check that has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckTotals {
    /// Files of the table.
    pub files: u64,
    /// Objects of these files, with those of formats.
    pub objects: u64,
    /// The number of findings.
    pub findings: u64,
}

/// A difference between the table and the storage.
#[derive(Debug)]
pub struct Finding {
    /// The kind of the difference.
    pub kind: FindingKind,
    /// The provider.
    pub provider: String,
    /// The id and the name of the file. `None` for an object without a row, and for a provider as a whole.
    pub file: Option<(i64, String)>,
    /// The format, if the object is that of a format.
    pub format: Option<String>,
    /// The full key of the object of a row, if it is known. The key of an orphan is the one below the provider's root.
    pub key: Option<String>,
}

/// The kinds of findings.
#[derive(Debug)]
#[non_exhaustive]
pub enum FindingKind {
    /// A row names an object that is not stored.
    Missing,
    /// The object has another size than its row.
    WrongSize {
        /// The row's size in bytes.
        expected: u64,
        /// The object's size in bytes.
        found: u64,
    },
    /// The object has other bytes than were stored.
    WrongChecksum {
        /// The row's checksum.
        expected: String,
        /// The checksum of the bytes that were read.
        found: String,
    },
    /// No row names the object.
    Orphan {
        /// Bytes.
        size: u64,
    },
    /// The object could not be looked up or read.
    Failed(ProviderError),
    /// The provider that stored the file is not loaded.
    NotLoaded,
    /// The provider neither lists objects nor looks them up. Reported once.
    CannotTell,
}

impl MediaLibrary {
    /// Compares the table with what the loaded providers store. Nothing is changed.
    ///
    /// Memory: 16 bytes for each object of a provider that lists.
    ///
    /// # Errors
    ///
    /// The table fails, or a provider cannot be listed. Errors about single objects are findings.
    pub async fn check(&self, depth: CheckDepth, report: impl FnMut(CheckEvent)) -> Result<CheckTotals> {
        Check { context: &self.context, depth, report, totals: CheckTotals::default(), cannot_tell: HashSet::new() }
            .run()
            .await
    }
}

struct Check<'a, R> {
    context: &'a Context,
    depth: CheckDepth,
    report: R,
    totals: CheckTotals,
    /// The names of the providers that were reported as [`FindingKind::CannotTell`].
    cannot_tell: HashSet<String>,
}

impl<R: FnMut(CheckEvent)> Check<'_, R> {
    async fn run(mut self) -> Result<CheckTotals> {
        let mut listings = Vec::new();
        for provider in self.context.registry.all() {
            listings.push((provider, Listing::read(self.context, provider).await?));
        }
        let mut chunks = pin!(self.context.store.stream(&FindQuery::default()).try_chunks(CHUNK));
        while let Some(files) = chunks.try_next().await.map_err(|error| error.1)? {
            self.check_files(files, &mut listings).await?;
            (self.report)(CheckEvent::Progress(self.totals.files));
        }
        for (provider, listing) in listings {
            if let Some(listing) = listing {
                self.check_orphans(provider, listing).await?;
            }
        }
        Ok(self.totals)
    }

    async fn check_files(
        &mut self,
        files: Vec<MediaFile>,
        listings: &mut [(&Provider, Option<Listing>)],
    ) -> Result<()> {
        let (mut lookups, mut reads) = (Vec::new(), Vec::new());
        for file in files {
            self.totals.files += 1;
            let serving = self.context.registry.serving(&file.provider_chain);
            let Some(provider) = serving else {
                self.found(Finding::of_file(FindingKind::NotLoaded, &file.provider, &file));
                continue;
            };
            for object in CheckedObject::all_of(provider, &file).await {
                self.totals.objects += 1;
                let mut is_as_listed = false;
                // Taken from every listing: two providers may be on one bucket, and no object of a row is an orphan.
                for (listed, listing) in &mut *listings {
                    let size = listing.as_mut().and_then(|listing| object.take_from(listing));
                    is_as_listed |= std::ptr::eq(*listed, provider) && size == Some(object.size);
                }
                if self.depth == CheckDepth::Checksums && object.checksum.is_some() {
                    reads.push((provider, object));
                } else if !is_as_listed {
                    lookups.push((provider, object));
                }
            }
        }
        let context = self.context;
        let lookups = stream::iter(lookups).map(async |(provider, object)| object.look_up(context, provider).await);
        let reads = stream::iter(reads).map(async |(provider, object)| object.read(context, provider).await);
        let mut findings = pin!(lookups.buffer_unordered(LOOKUPS).chain(reads.buffer_unordered(READS)));
        while let Some(finding) = findings.try_next().await? {
            if let Some(finding) = finding {
                self.found(finding);
            }
        }
        Ok(())
    }

    fn found(&mut self, mut finding: Finding) {
        if matches!(finding.kind, FindingKind::CannotTell) {
            if !self.cannot_tell.insert(finding.provider.clone()) {
                return;
            }
            (finding.file, finding.format, finding.key) = (None, None, None);
        }
        self.totals.findings += 1;
        (self.report)(CheckEvent::Finding(finding));
    }
}

impl Finding {
    fn of_file(kind: FindingKind, provider: &str, file: &MediaFile) -> Self {
        let id_and_name = Some((file.id, file.name.clone()));
        Self { kind, provider: provider.to_owned(), file: id_and_name, format: None, key: file.key.clone() }
    }
}
