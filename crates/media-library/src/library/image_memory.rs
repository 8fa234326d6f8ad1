//! Memory for images that are held whole: each has its share from the arrival of its bytes until its service has them.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Error, Result};

/// What all images may take, handed out in KiB.
pub(super) struct ImageMemory {
    free: Arc<Semaphore>,
    /// How much there is.
    all: usize,
    wait: Option<Duration>,
}

/// A part of it, free again when this is dropped. Whoever has one waits for no more: two could wait for each other.
#[derive(Debug)]
pub(super) struct Share {
    permit: OwnedSemaphorePermit,
}

impl ImageMemory {
    /// So many bytes; who finds none free waits so long.
    pub(super) fn new(bytes: usize, wait: Option<Duration>) -> Self {
        let all = kibibytes(bytes).min(Semaphore::MAX_PERMITS).min(u32::MAX as usize);
        Self { free: Arc::new(Semaphore::new(all)), all, wait }
    }

    /// A share of so many bytes, at most all of it.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`] when it was not free in time.
    pub(super) async fn share(&self, bytes: usize) -> Result<Share> {
        let share = self.free.clone().acquire_many_owned(self.permits(bytes));
        let share = match self.wait {
            Some(wait) => tokio::time::timeout(wait, share).await.map_err(|_| Error::NoMemory)?,
            None => share.await,
        };
        share.map(|permit| Share { permit }).map_err(|_| Error::ShuttingDown)
    }

    /// Makes a share one of so many bytes, at most all of it.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`] when what is missing is not free now.
    pub(super) fn resize(&self, share: &mut Share, bytes: usize) -> Result<()> {
        let (has, wanted) = (share.permit.num_permits(), self.permits(bytes) as usize);
        if wanted <= has {
            drop(share.permit.split(has - wanted));
            return Ok(());
        }
        let missing = u32::try_from(wanted - has).unwrap_or(u32::MAX);
        let more = self.free.clone().try_acquire_many_owned(missing).map_err(|_| Error::NoMemory)?;
        share.permit.merge(more);
        Ok(())
    }

    fn permits(&self, bytes: usize) -> u32 {
        u32::try_from(kibibytes(bytes).min(self.all)).unwrap_or(u32::MAX)
    }
}

impl Share {
    /// The bytes, which have this share for as long as anybody has them.
    pub(super) fn of(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Shared { bytes, _share: self })
    }
}

/// Bytes and their share.
struct Shared {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Whole KiB, at least one.
fn kibibytes(bytes: usize) -> usize {
    bytes.div_ceil(1024).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[tokio::test]
    async fn who_finds_no_memory_free_is_turned_away_after_a_while() {
        let memory = ImageMemory::new(4 * MIB, Some(Duration::from_millis(20)));
        let first = memory.share(3 * MIB).await.unwrap();
        assert!(matches!(memory.share(2 * MIB).await, Err(Error::NoMemory)));
        let second = memory.share(MIB).await.unwrap();
        drop((first, second));
        // An image that is larger than all of it has all of it.
        memory.share(100 * MIB).await.unwrap();
    }

    #[tokio::test]
    async fn who_has_memory_gets_more_at_once_or_not_at_all() {
        let memory = ImageMemory::new(4 * MIB, None);
        let mut share = memory.share(MIB).await.unwrap();
        memory.resize(&mut share, 3 * MIB).unwrap();
        let other = memory.share(MIB).await.unwrap();
        assert!(matches!(memory.resize(&mut share, 4 * MIB), Err(Error::NoMemory)));
        memory.resize(&mut share, 2 * MIB).unwrap();
        let last = memory.share(MIB).await.unwrap();
        drop((other, last));
        memory.resize(&mut share, 4 * MIB).unwrap();
    }

    #[tokio::test]
    async fn bytes_have_their_share_as_long_as_anybody_has_them() {
        let memory = ImageMemory::new(MIB, Some(Duration::from_millis(20)));
        let bytes = memory.share(MIB).await.unwrap().of(Bytes::from_static(b"x"));
        let part = bytes.slice(..1);
        drop(bytes);
        assert!(matches!(memory.share(MIB).await, Err(Error::NoMemory)));
        drop(part);
        memory.share(MIB).await.unwrap();
    }
}
