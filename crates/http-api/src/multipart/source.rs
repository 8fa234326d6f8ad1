//! The body of a request and the parser that reads it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use longshore_provider::Result as BodyResult;

use super::{
    boundary::Boundary,
    error::MultipartError,
    head::Head,
    limits::Limits,
    parser::{Parser, Step},
};

/// The request body and the parser state, shared with the body of the current part.
pub(super) struct Source {
    stream: BoxStream<'static, BodyResult<Bytes>>,
    parser: Parser,
    /// The number of the current part. A part with another number can no longer be read.
    current: usize,
    /// Whether the current part has been read to its end.
    part_ended: bool,
}

impl Source {
    pub(super) fn new(stream: BoxStream<'static, BodyResult<Bytes>>, boundary: &Boundary, limits: Limits) -> Self {
        Self { stream, parser: Parser::new(boundary, limits), current: 0, part_ended: true }
    }

    /// Returns the next part and its number.
    pub(super) fn poll_part(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<(Head, usize)>, MultipartError>> {
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
    pub(super) fn poll_data(
        &mut self,
        number: usize,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, MultipartError>> {
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

pub(super) fn lock(source: &Mutex<Source>) -> MutexGuard<'_, Source> {
    // A panic that poisoned the lock leaves at worst a parser that reports a malformed body.
    source.lock().unwrap_or_else(PoisonError::into_inner)
}
