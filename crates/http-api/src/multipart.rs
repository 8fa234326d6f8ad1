//! A streaming parser for `multipart/form-data`. It yields one part after the other, and does not copy large content.
//!
//! Implements RFC 7578, which builds on RFC 2046. Only the header of a part, a text field, or the end of a chunk that
//! may start a boundary is buffered, but never a whole file.

mod body;
mod boundary;
mod disposition;
mod error;
mod head;
mod limits;
mod parser;
mod source;

use std::{
    future::poll_fn,
    sync::{Arc, Mutex},
};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use longshore_provider::Result as BodyResult;

use self::source::{Source, lock};
pub(crate) use self::{body::PartBody, boundary::Boundary, error::MultipartError, head::Head, limits::Limits};

/// A `multipart/form-data` body.
pub(crate) struct Multipart {
    source: Arc<Mutex<Source>>,
    /// The number of bytes that further text fields may contain.
    text_left: usize,
}

/// A part with its header and its content stream.
pub(crate) struct Part {
    /// The header.
    pub(crate) head: Head,
    /// The content. The next call of [`Multipart::next`] skips bytes that have not been read.
    pub(crate) body: PartBody,
}

impl Multipart {
    /// Reads `stream`, in which `boundary` separates the parts.
    pub(crate) fn new(
        stream: impl Stream<Item = BodyResult<Bytes>> + Send + 'static,
        boundary: &Boundary,
        limits: Limits,
    ) -> Self {
        let source = Source::new(stream.boxed(), boundary, limits);
        Self { source: Arc::new(Mutex::new(source)), text_left: limits.text }
    }

    /// Returns the next part, or `None` behind the last boundary. Skips the rest of the previous part.
    ///
    /// # Errors
    ///
    /// The body is malformed, ends early, or exceeds a limit. Later calls return the same error or `None`.
    pub(crate) async fn next(&mut self) -> Result<Option<Part>, MultipartError> {
        poll_fn(|context| lock(&self.source).poll_part(context)).await.map(|found| {
            let (head, number) = found?;
            Some(Part { head, body: PartBody::new(Arc::clone(&self.source), number) })
        })
    }

    /// Reads the content of a text field. Invalid UTF-8 becomes U+FFFD.
    ///
    /// # Errors
    ///
    /// The text fields together exceed the limit. All other errors are those of [`next`](Self::next).
    pub(crate) async fn text(&mut self, mut body: PartBody) -> Result<String, MultipartError> {
        let mut text = BytesMut::new();
        while let Some(chunk) = body.chunk().await? {
            self.text_left = self.text_left.checked_sub(chunk.len()).ok_or(MultipartError::TextTooLarge)?;
            text.extend_from_slice(&chunk);
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

#[cfg(test)]
mod tests;
