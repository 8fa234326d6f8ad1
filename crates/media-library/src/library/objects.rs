//! Objects as the table remembers them, and removing them.

use futures::{StreamExt, stream};
use longshore_plugin_host::registry::Provider;
use longshore_provider::{ErrorKind, File, Result as ProviderResult};

use super::Context;
use crate::{
    Format, MediaFile,
    store::{ObjectRef, Phase, Plan},
};

/// Objects of one file that are worked on at a time.
const AT_A_TIME: usize = 8;

impl ObjectRef {
    /// For a call of its provider.
    pub(super) fn as_file(&self) -> File {
        let mut file = File::named(&self.hash, &self.ext);
        file.path.clone_from(&self.path);
        file.key.clone_from(&self.key);
        file
    }
}

impl MediaFile {
    pub(super) fn main_object(&self) -> ObjectRef {
        ObjectRef { hash: self.hash.clone(), ext: self.ext.clone(), path: self.path.clone(), key: self.key.clone() }
    }

    pub(super) fn format_objects(&self) -> Vec<ObjectRef> {
        self.formats.iter().flatten().map(Format::object).collect()
    }
}

impl Format {
    pub(super) fn object(&self) -> ObjectRef {
        ObjectRef { hash: self.hash.clone(), ext: self.ext.clone(), path: self.path.clone(), key: self.key.clone() }
    }
}

impl Plan {
    /// The plan once the row names the new objects.
    pub(super) fn after(&self) -> Self {
        Self { phase: Phase::Cleaning, old: self.old.clone(), ..Self::preparing(Vec::new()) }
    }
}

impl Context {
    /// Removes the objects. An object that is missing counts as removed. A failure does not stop the other removals.
    pub(super) async fn delete_objects(&self, provider: &Provider, objects: &[ObjectRef]) -> ProviderResult<()> {
        // Made first: a stream of closures that borrow has no name that could cross a task.
        let deletes: Vec<_> = objects.iter().map(|object| self.delete_object(provider, object.as_file())).collect();
        let outcomes: Vec<_> = stream::iter(deletes).buffer_unordered(AT_A_TIME).collect().await;
        outcomes.into_iter().collect()
    }

    async fn delete_object(&self, provider: &Provider, file: File) -> ProviderResult<()> {
        match self.in_time(provider.delete(&file)).await {
            // A key that the provider never accepts cannot have an object.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput) => Ok(()),
            outcome => outcome,
        }
    }
}
