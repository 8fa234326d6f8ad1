//! Bodies of unknown size: at the end of the body, the provider checks the size.

use std::sync::{Arc, Mutex, PoisonError};

use longshore_provider::{
    Body, Bytes, Error, File, Handle, Result,
    futures::{StreamExt, stream},
};

/// The provider's error about the size, if it refused it.
#[derive(Clone, Default)]
pub(super) struct Refusal(Arc<Mutex<Option<Error>>>);

impl Refusal {
    /// Returns the refusal in place of the `outcome` of the call, because code that reads a failing body may rephrase
    /// or drop its error.
    pub(super) fn or<T>(&self, outcome: Result<T>) -> Result<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(outcome, Err)
    }

    fn keep(&self, error: &Error) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
    }
}

/// A body whose bytes are counted.
struct Counted {
    body: Body,
    file: File,
    size: u64,
    limit: u64,
    handle: Handle,
    refusal: Refusal,
}

/// Wraps `body`. The wrapped body ends only if the provider accepts a file of its size. Otherwise it fails at its end,
/// and the upload is undone.
pub(super) fn limited(body: Body, file: &File, limit: u64, handle: &Handle) -> (Body, Refusal) {
    let refusal = Refusal::default();
    let counted =
        Counted { body, file: file.clone(), size: 0, limit, handle: handle.clone(), refusal: refusal.clone() };
    let chunks = stream::unfold(Some(counted), |counted| async move { counted?.next().await }).fuse();
    (Body::from_stream(chunks, None), refusal)
}

impl Counted {
    async fn next(mut self) -> Option<(Result<Bytes>, Option<Self>)> {
        match self.body.next().await {
            Some(Ok(chunk)) => {
                self.size += chunk.len() as u64;
                Some((Ok(chunk), Some(self)))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None => {
                self.file.size = Some(self.size);
                let error = self.handle.check_file_size(&self.file, self.limit).await.err()?;
                self.refusal.keep(&error);
                Some((Err(error), None))
            }
        }
    }
}
