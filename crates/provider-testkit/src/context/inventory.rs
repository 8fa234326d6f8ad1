//! Lists the files in the places where a provider may store them: the project's folder and the provider's own listing.

use std::{collections::BTreeSet, fs, path::Path};

use longshore_provider::{Call, ListRequest};

use super::CaseContext;
use crate::outcome::Check;

/// A listing with more pages than this is too large to compare.
const PAGES: usize = 20;
const PAGE: u32 = 1000;
/// The depth to which folders are searched.
const DEPTH: usize = 40;

impl CaseContext {
    /// The paths of all files in the project's folder, relative to it. `None` if the folder does not belong to this run
    /// alone.
    pub(crate) fn project_files(&self) -> Option<BTreeSet<String>> {
        let folder = self.target.folder()?;
        let mut found = BTreeSet::new();
        collect(folder, folder, 0, &mut found);
        Some(found)
    }

    /// The keys that the provider lists, without those of other cases. `None` if it cannot list, or lists too many.
    pub(crate) async fn listed_keys(&self) -> Check<Option<BTreeSet<String>>> {
        if !self.has_list().await? {
            return Ok(None);
        }
        let mut request = ListRequest::prefix("");
        request.limit = PAGE;
        let mut keys = BTreeSet::new();
        for _ in 0..PAGES {
            // The cases about `list` check its errors.
            let Ok(page) = self.provider().await?.list(&request, &Call::new()).await else { return Ok(None) };
            let listed = page.objects.into_iter().map(|object| object.relative_key);
            keys.extend(listed.filter(|key| !key.starts_with(super::KEYS) || key.starts_with(self.prefix())));
            match page.next {
                Some(next) => request.after = Some(next),
                None => return Ok(Some(keys)),
            }
        }
        Ok(None)
    }
}

fn collect(root: &Path, folder: &Path, depth: usize, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // Links are not followed, because their targets are not in the folder.
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        if kind.is_dir() && depth < DEPTH {
            collect(root, &path, depth + 1, found);
        } else if kind.is_file() {
            found.insert(path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned());
        }
    }
}
