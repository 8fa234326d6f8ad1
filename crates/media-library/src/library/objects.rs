//! Objects as the table remembers them, and removing them.

use futures::{StreamExt, stream};
use longshore_media_store::ObjectRef;
use longshore_plugin_host::registry::Provider;
use longshore_provider::{ErrorKind, File, Result as ProviderResult};

use super::Context;
use crate::MediaFile;

/// Objects of one file that are worked on at a time.
const AT_A_TIME: usize = 8;

/// The description of a stored object for its provider.
pub(super) trait AsFile {
    /// The object, for a call of its provider.
    fn as_file(&self) -> File;
}

impl AsFile for ObjectRef {
    fn as_file(&self) -> File {
        let mut file = File::named(&self.hash, &self.ext);
        file.path.clone_from(&self.path);
        file.key.clone_from(&self.key);
        file
    }
}

impl AsFile for MediaFile {
    fn as_file(&self) -> File {
        let mut file = self.main_object().as_file();
        file.name.clone_from(&self.name);
        file.mime.clone_from(&self.mime);
        file.url = Some(self.url.clone());
        file.provider_metadata.clone_from(&self.provider_metadata);
        file
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
