//! Changing what is said about a file.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{MediaLibrary, Shared};
use crate::{Error, FileId, FileInfo, MediaFile, Result, name, store::Update};

/// How long an update waits for a replacement of the same file.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(25);

impl MediaLibrary {
    /// Changes what is said about a file; what is `None` stays as it is. Its URL, hash and objects stay, too.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Busy`] while the file is replaced, after 10 seconds.
    pub async fn update(&self, id: &FileId, mut info: FileInfo) -> Result<MediaFile> {
        self.shared.open_for_changes()?;
        info.check()?;
        info.name = info.name.filter(|name| !name.is_empty()).map(|name| name::normalized(&name));
        let (shared, id) = (self.shared.clone(), id.clone());
        self.shared.to_its_end(async move { shared.update(&id, &info).await }).await
    }
}

impl Shared {
    /// A replacement writes what the file said when it began: whatever is said meanwhile comes after it.
    async fn update(self: &Arc<Self>, id: &FileId, info: &FileInfo) -> Result<MediaFile> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            match self.store.update_info(id, info).await? {
                Update::Updated(file) => return Ok(*file),
                Update::Missing => return Err(Error::NotFound(id.clone())),
                // Nobody is at it any longer: what was begun is ended first.
                Update::Busy { expired: true } => self.settle_left(id, give_up).await?,
                Update::Busy { expired: false } => {}
            }
            if Instant::now() >= give_up {
                return Err(Error::Busy(id.clone()));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
