//! Memory for images that are held whole: each has its share from the arrival of its bytes until its service has them.

mod book;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::{Instant, timeout};

use self::book::Book;
use crate::{Error, Result};

/// A share grows by so many bytes at a time.
pub(super) const STEP: usize = 128 * 1024;

/// What all images may take.
///
/// A share grows as the bytes of its image arrive, whatever length was declared: who sends slowly takes little. Nobody who
/// waits for a step keeps for ever what others wait for: see [`Book`].
pub(super) struct ImageMemory {
    book: Arc<Mutex<Book>>,
    wait: Option<Duration>,
}

/// A part of it, free again when this is dropped.
#[derive(Debug)]
pub(super) struct Share {
    book: Arc<Mutex<Book>>,
    id: u64,
    /// How much longer it waits for its steps, all of them together; `None` is as long as it takes.
    patience: Option<Duration>,
}

impl ImageMemory {
    /// So many bytes; who finds none free waits so long.
    pub(super) fn new(bytes: usize, wait: Option<Duration>) -> Self {
        Self { book: Arc::new(Mutex::new(Book::new(bytes))), wait }
    }

    /// The share of an image that may come to `most` bytes: nothing yet. One that is larger than all of the memory goes on
    /// once it has all.
    pub(super) fn share(&self, most: usize) -> Share {
        let id = lock(&self.book).open(most);
        Share { book: self.book.clone(), id, patience: self.wait }
    }
}

impl Share {
    /// Waits until it has so many bytes, or all that it may come to.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`] when they were not free in time.
    pub(super) async fn grow_to(&mut self, bytes: usize) -> Result<()> {
        let growing = async {
            loop {
                let asked = lock(&self.book).ask(self.id, bytes);
                // Whoever waits is told; who is not asks again.
                let Some(told) = asked else { break };
                let _ = told.await;
            }
        };
        let Some(patience) = self.patience else {
            growing.await;
            return Ok(());
        };
        let begun = Instant::now();
        timeout(patience, growing).await.map_err(|_| Error::NoMemory)?;
        self.patience = Some(patience.saturating_sub(begun.elapsed()));
        Ok(())
    }

    /// It asks for no more. What is beyond `bytes` goes back; what it lacks of them it takes if that is free now.
    pub(super) fn settle(&self, bytes: usize) {
        lock(&self.book).settle(self.id, bytes);
    }

    /// The bytes, which have this share for as long as anybody has them.
    pub(super) fn of(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Shared { bytes, _share: self })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        lock(&self.book).close(self.id);
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

fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
