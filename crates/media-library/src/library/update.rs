//! Changing what is said about a file.

use std::time::Duration;

use tokio::time::Instant;

use super::MediaLibrary;
use crate::{Error, FileId, FileInfo, MediaFile, Result, name};

const PATIENCE: Duration = Duration::from_secs(10);
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
        let give_up = Instant::now() + PATIENCE;
        loop {
            if let Some(file) = self.shared.store.update_info(id, &info).await? {
                return Ok(file);
            }
            // Not there, or being replaced: then its name is not ours to change yet.
            if self.shared.store.get(id).await?.is_none() {
                return Err(Error::NotFound(id.clone()));
            }
            if Instant::now() >= give_up {
                return Err(Error::Busy(id.clone()));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
