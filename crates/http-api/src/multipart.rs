//! `multipart/form-data` as it flows in: parts one after the other, the content of each handed on without being copied.
//!
//! RFC 7578 on top of RFC 2046. What is held is a part's header, a text field, or as much of a chunk's end as could be
//! the start of a boundary; never a file.

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

/// How much a body may ask to be held or looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of one part's header, and of what stands before the first part.
    pub(crate) head: usize,
    /// Parts.
    pub(crate) parts: usize,
    /// Bytes of all text fields together.
    pub(crate) text: usize,
}

/// A body of `multipart/form-data`.
pub(crate) struct Multipart {
    source: Arc<Mutex<Source>>,
    /// What text fields may still have.
    text_left: usize,
}

/// One part: its header, and its content as it comes.
pub(crate) struct Part {
    /// Who it is.
    pub(crate) head: Head,
    /// Its bytes. What has not been read of it when the next part is asked for is skipped.
    pub(crate) body: PartBody,
}

/// The request's body and how far it has been read; shared with the body of the current part.
struct Source {
    stream: BoxStream<'static, BodyResult<Bytes>>,
    parser: Parser,
    /// The number of the part that is being read; a body with another number has been left behind.
    current: usize,
    /// Whether the current part's last byte has been handed on.
    part_ended: bool,
}

impl Multipart {
    /// Reads `stream`, whose parts are parted by `boundary`.
    pub(crate) fn new(
        stream: impl Stream<Item = BodyResult<Bytes>> + Send + 'static,
        boundary: &Boundary,
        limits: Limits,
    ) -> Self {
        let parser = Parser::new(boundary, limits);
        let source = Source { stream: stream.boxed(), parser, current: 0, part_ended: true };
        Self { source: Arc::new(Mutex::new(source)), text_left: limits.text }
    }

    /// The next part; `None` behind the last boundary. Skips what is left of the part before.
    ///
    /// # Errors
    ///
    /// The body is malformed, breaks off, or is over a limit. Asked again, it answers the same or `None`.
    pub(crate) async fn next(&mut self) -> Result<Option<Part>, MultipartError> {
        poll_fn(|context| lock(&self.source).poll_part(context)).await.map(|found| {
            let (head, number) = found?;
            Some(Part { head, body: PartBody::new(Arc::clone(&self.source), number) })
        })
    }

    /// The content of a text field. Bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    ///
    /// All texts together are over the limit; else as [`next`](Self::next).
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

    /// The next bytes of part `number`; `None` at its end.
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
    // A panic while it was held leaves at worst a parser that says that the body is malformed.
    source.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
