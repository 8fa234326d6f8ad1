//! Memory for images that are buffered whole: each has a reservation from the arrival of its bytes until its service has them.

use std::time::Duration;

use bytes::Bytes;
use longshore_memory_budget::{MemoryBudget, Reservation};
use tokio::time::{Instant, timeout};

use crate::{Error, Result};

/// A reservation grows by so many bytes at a time.
#[expect(clippy::cast_possible_truncation, reason = "a step is a few KiB")]
pub(super) const STEP: usize = longshore_memory_budget::STEP as usize;

/// The budget of all images.
pub(super) struct ImageMemory {
    budget: MemoryBudget,
    wait: Option<Duration>,
}

/// The memory of one image. Dropping it gives the bytes back.
#[derive(Debug)]
pub(super) struct ImageReservation {
    reservation: Reservation,
    /// The remaining time to wait for all of its steps together; `None` waits without a limit.
    patience: Option<Duration>,
}

impl ImageMemory {
    /// A budget of `bytes`. An image waits for free bytes for at most `wait`.
    pub(super) fn new(bytes: usize, wait: Option<Duration>) -> Self {
        Self { budget: MemoryBudget::new(bytes as u64), wait }
    }

    /// An empty reservation for an image of at most `most` bytes. An image that is larger than the budget gets all of it.
    pub(super) fn reserve(&self, most: usize) -> ImageReservation {
        ImageReservation { reservation: self.budget.reserve(most as u64), patience: self.wait }
    }
}

impl ImageReservation {
    /// Waits until it holds `bytes`, or its maximum.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`] when they were not free in time.
    pub(super) async fn grow_to(&mut self, bytes: usize) -> Result<()> {
        let growing = self.reservation.grow_to(bytes as u64);
        let Some(patience) = self.patience else {
            growing.await;
            return Ok(());
        };
        let begun = Instant::now();
        timeout(patience, growing).await.map_err(|_| Error::NoMemory)?;
        self.patience = Some(patience.saturating_sub(begun.elapsed()));
        Ok(())
    }

    /// Makes `bytes` the final size: see [`Reservation::finalize`].
    pub(super) fn finalize(&self, bytes: usize) {
        self.reservation.finalize(bytes as u64);
    }

    /// The bytes, which hold this reservation until the last copy of them is dropped.
    pub(super) fn attach(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(ReservedBytes { bytes, _reservation: self.reservation })
    }
}

/// Bytes and their reservation.
struct ReservedBytes {
    bytes: Bytes,
    _reservation: Reservation,
}

impl AsRef<[u8]> for ReservedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests;
