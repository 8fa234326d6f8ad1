//! Uploads in flight: only so many at a time, the others wait for their turn.

use std::time::Duration;

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use super::error::HttpError;

/// Hands out turns.
pub(super) struct UploadSlots {
    places: Semaphore,
    wait: Duration,
}

impl UploadSlots {
    /// So many at a time; others wait so long.
    pub(super) fn new(places: usize, wait: Duration) -> Self {
        Self { places: Semaphore::new(places), wait }
    }

    /// A turn, as long as what it answers lives.
    ///
    /// # Errors
    ///
    /// [`HttpError::TooManyUploads`] when it did not come in time.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>, HttpError> {
        match timeout(self.wait, self.places.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(HttpError::TooManyUploads),
        }
    }
}
