//! Objects that no row names.

use std::{collections::HashSet, pin::pin};

use futures::{StreamExt, stream};
use longshore_plugin_host::registry::Provider;
use longshore_provider::{Error as ProviderError, ErrorKind, File, ListedObject};

use super::{
    Check, CheckEvent, Finding, FindingKind, LOOKUPS,
    listing::{Listing, Pages},
};
use crate::{
    Error, Result,
    library::{Context, content_type::main_keys},
};

impl<R: FnMut(CheckEvent)> Check<'_, R> {
    /// Lists the provider again, and looks up the objects of the first listing that no row has taken.
    pub(super) async fn check_orphans(&mut self, provider: &Provider, listing: Listing) -> Result<()> {
        if listing.is_empty() {
            return Ok(());
        }
        let failed = |source| Error::Provider { provider: provider.name().to_owned(), source };
        let mut pages = Pages::new(self.context, provider);
        while let Some(page) = pages.next().await.map_err(failed)? {
            let candidates: Vec<ListedObject> = page.into_iter().filter(|object| listing.has(&object.key)).collect();
            if candidates.is_empty() {
                continue;
            }
            // Read in this order: an upload that ends meanwhile is first in progress, and then has a row.
            let changing = self.objects_in_progress().await?;
            let named = self.named_by_rows(&candidates).await?;
            let is_known = |key: &str| {
                let name = key.rsplit('/').next().unwrap_or(key);
                named.contains(key) || changing.contains(key) || changing.contains(name)
            };
            let context = self.context;
            let unknown = candidates.into_iter().filter(|object| !is_known(&object.key));
            let orphans = stream::iter(unknown.collect::<Vec<_>>())
                .map(async |object| is_stored(context, provider, &object.key).await.then_some(object));
            let mut orphans = pin!(orphans.buffer_unordered(LOOKUPS));
            while let Some(object) = orphans.next().await {
                if let Some(object) = object {
                    self.found(Finding::of_orphan(provider, object));
                }
            }
        }
        Ok(())
    }

    /// The full keys of the objects that a running change writes or removes. An object that has not been written has no key
    /// yet: for it, the last segment of its key.
    async fn objects_in_progress(&self) -> Result<HashSet<String>> {
        let rows = self.context.store.in_progress().await?;
        let objects = rows.into_iter().flat_map(|(file, plan)| {
            let planned = plan.into_iter().flat_map(|plan| plan.objects.into_iter().chain(plan.old));
            file.format_objects().into_iter().chain([file.main_object()]).chain(planned)
        });
        Ok(objects.map(|object| object.key.unwrap_or(format!("{}{}", object.hash, object.ext))).collect())
    }

    /// The keys of the objects of all visible rows that name one of the candidates, of whichever provider: another one may
    /// be on the same bucket.
    async fn named_by_rows(&self, candidates: &[ListedObject]) -> Result<HashSet<String>> {
        let keys: Vec<String> = candidates.iter().flat_map(|object| main_keys(&object.key)).collect();
        let files = self.context.store.with_keys(&keys).await?;
        let objects = files.into_iter().flat_map(|file| {
            let formats = file.formats.into_iter().flatten().map(|format| format.key);
            formats.chain([file.key])
        });
        Ok(objects.flatten().collect())
    }
}

/// Whether the object is still there. It counts as stored if the provider cannot tell.
async fn is_stored(context: &Context, provider: &Provider, key: &str) -> bool {
    let head = context.in_time(provider.head(&File::stored(key))).await;
    !head.is_err_and(|error: ProviderError| error.kind() == ErrorKind::NotFound)
}

impl Finding {
    fn of_orphan(provider: &Provider, object: ListedObject) -> Self {
        Self {
            kind: FindingKind::Orphan { size: object.size },
            provider: provider.name().to_owned(),
            file: None,
            format: None,
            key: Some(object.relative_key),
        }
    }
}
