//! A streaming parser for `multipart/form-data`. It yields one part after the other, and does not copy large content.
//!
//! Implements RFC 7578, which builds on RFC 2046. Only the header of a part, a text field, or the end of a chunk that
//! may start a boundary is buffered, but never a whole file.

mod body;
mod boundary;
mod disposition;
mod error;
mod head;
mod parser;

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream::BoxStream};
use longshore_provider::Result as BodyResult;

use self::parser::{Parser, Step};
pub(crate) use self::{body::PartBody, boundary::Boundary, error::MultipartError, head::Head};

/// Limits on the memory and work for one body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of one part's header, and of the preamble before the first part.
    pub(crate) head: usize,
    /// The number of parts.
    pub(crate) parts: usize,
    /// Bytes of all text fields together.
    pub(crate) text: usize,
}

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

/// The request body and the parser state, shared with the body of the current part.
struct Source {
    stream: BoxStream<'static, BodyResult<Bytes>>,
    parser: Parser,
    /// The number of the current part. A [`PartBody`] with another number can no longer be read.
    current: usize,
    /// Whether the current part has been read to its end.
    part_ended: bool,
}

impl Multipart {
    /// Reads `stream`, in which `boundary` separates the parts.
    pub(crate) fn new(
        stream: impl Stream<Item = BodyResult<Bytes>> + Send + 'static,
        boundary: &Boundary,
        limits: Limits,
    ) -> Self {
        let parser = Parser::new(boundary, limits);
        let source = Source { stream: stream.boxed(), parser, current: 0, part_ended: true };
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

impl Source {
    fn poll_part(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<(Head, usize)>, MultipartError>> {
        loop {
            match self.parser.step()? {
                Step::NeedMore => ready!(self.poll_read(context))?,
                Step::Data(_) => {}
                Step::PartEnd => self.part_ended = true,
                Step::Part(head) => {
                    self.current += 1;
                    self.part_ended = false;
                    return Poll::Ready(Ok(Some((head, self.current))));
                }
                Step::End => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// Returns the next bytes of part `number`, or `None` at its end.
    fn poll_data(&mut self, number: usize, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, MultipartError>> {
        if number != self.current {
            return Poll::Ready(Err(MultipartError::LeftBehind));
        }
        while !self.part_ended {
            match self.parser.step()? {
                Step::NeedMore => ready!(self.poll_read(context))?,
                Step::Data(bytes) => return Poll::Ready(Ok(Some(bytes))),
                Step::PartEnd | Step::End => self.part_ended = true,
                Step::Part(_) => unreachable!("a part ends before the next begins"),
            }
        }
        Poll::Ready(Ok(None))
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Result<(), MultipartError>> {
        match ready!(self.stream.poll_next_unpin(context)) {
            Some(Ok(bytes)) => self.parser.push(bytes),
            Some(Err(error)) => return Poll::Ready(Err(self.parser.fail(MultipartError::Body(error)))),
            None => return Poll::Ready(Err(self.parser.fail(MultipartError::Truncated))),
        }
        Poll::Ready(Ok(()))
    }
}

fn lock(source: &Mutex<Source>) -> MutexGuard<'_, Source> {
    // A panic that poisoned the lock leaves at worst a parser that reports a malformed body.
    source.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
