//! Changing the information about a file.

use std::sync::Arc;

use longshore_media_store::InfoUpdate;
use tokio::time::Instant;

use super::{Context, MediaLibrary, claiming::PATIENCE};
use crate::{Error, FileId, FileInfo, MediaFile, Result, info::check_info, name};

impl MediaLibrary {
    /// Changes the information about a file. Fields that are absent stay as they are, and so do URL, hash and objects.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Busy`] while the file is replaced, after 10 seconds.
    pub async fn update(&self, id: &FileId, mut info: FileInfo) -> Result<MediaFile> {
        self.context.open_for_changes()?;
        check_info(&info)?;
        info.name = info.name.filter(|name| !name.is_empty()).map(|name| name::normalized(&name));
        let (context, id) = (self.context.clone(), id.clone());
        self.context.to_its_end(async move { context.update(&id, &info).await }).await
    }
}

impl Context {
    /// A replacement writes the information from when it began. An update therefore waits for its end.
    async fn update(self: &Arc<Self>, id: &FileId, info: &FileInfo) -> Result<MediaFile> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            match self.store.update_info(id, info).await? {
                InfoUpdate::Updated(file) => return Ok(*file),
                InfoUpdate::Missing => return Err(Error::NotFound(id.clone())),
                InfoUpdate::Busy { expired } => self.wait_for(id, expired, give_up).await?,
            }
        }
    }
}
