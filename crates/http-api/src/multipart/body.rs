//! The content of a part as a stream.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use futures::Stream;
use longshore_provider::{Error as BodyError, ErrorKind, Result as BodyResult};

use super::{
    error::MultipartError,
    source::{Source, lock},
};

/// Chunks of at least this size are passed on unchanged. Smaller chunks are merged as long as more bytes are available.
const LARGE: usize = 64 * 1024;

/// The largest merged chunk.
const JOINT: usize = 256 * 1024;

/// The content of one part. The stream yields chunks that are large enough for a provider, and the errors of a
/// [`Body`](longshore_provider::Body).
pub(crate) struct PartBody {
    source: Arc<Mutex<Source>>,
    number: usize,
    /// An error that occurred after the bytes that the stream yields first.
    failed: Option<MultipartError>,
    /// A chunk that was too large to merge with the chunks before it.
    next: Option<Bytes>,
    /// The first chunk, if [`has_content`](Self::has_content) has read it and it was not consumed yet.
    peeked: Option<Bytes>,
}

impl PartBody {
    pub(super) fn new(source: Arc<Mutex<Source>>, number: usize) -> Self {
        Self { source, number, failed: None, next: None, peeked: None }
    }

    /// Returns the next bytes, or `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, MultipartError> {
        std::future::poll_fn(|context| self.poll_chunk(context)).await
    }

    /// Whether the part has any content. Waits for its first byte or its end, and consumes nothing.
    pub(crate) async fn has_content(&mut self) -> Result<bool, MultipartError> {
        if self.peeked.is_none() {
            self.peeked = self.chunk().await?;
        }
        Ok(self.peeked.is_some())
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, MultipartError>> {
        if let Some(peeked) = self.peeked.take() {
            return Poll::Ready(Ok(Some(peeked)));
        }
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        let mut source = lock(&self.source);
        let first = match self.next.take() {
            Some(bytes) => bytes,
            None => match ready!(source.poll_data(self.number, context))? {
                Some(bytes) => bytes,
                None => return Poll::Ready(Ok(None)),
            },
        };
        if first.len() >= LARGE {
            return Poll::Ready(Ok(Some(first)));
        }
        // Merge only bytes that are available without waiting.
        let mut joint: Option<BytesMut> = None;
        loop {
            let length = joint.as_ref().map_or(first.len(), BytesMut::len);
            match source.poll_data(self.number, context) {
                Poll::Ready(Ok(Some(bytes))) if bytes.len() >= LARGE || length + bytes.len() > JOINT => {
                    self.next = Some(bytes);
                    break;
                }
                Poll::Ready(Ok(Some(bytes))) => {
                    let joint = joint.get_or_insert_with(|| BytesMut::from(&first[..]));
                    joint.extend_from_slice(&bytes);
                }
                Poll::Ready(Ok(None)) | Poll::Pending => break,
                Poll::Ready(Err(error)) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Poll::Ready(Ok(Some(joint.map_or(first, BytesMut::freeze))))
    }
}

impl Stream for PartBody {
    type Item = BodyResult<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = ready!(self.poll_chunk(context)).transpose();
        Poll::Ready(chunk.map(|chunk| chunk.map_err(broken)))
    }
}

/// Converts an error for the reader of the body.
fn broken(error: MultipartError) -> BodyError {
    match error {
        MultipartError::Body(error) => error,
        error => BodyError::new(ErrorKind::BrokenBody, error.to_string()),
    }
}
