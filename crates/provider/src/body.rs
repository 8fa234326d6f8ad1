//! The stream of a file's bytes, to or from a provider.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use longshore_provider_abi::v1::WireStream;
use tokio::task::coop;

use crate::{Error, ErrorKind, Result, entered::Entered, wire};

/// The bytes of a file, pulled chunk by chunk. No chunk is read before the reader polls for it.
///
/// A body crosses the boundary without being copied, also through overlays. Dropping the body stops the producer of
/// the bytes. Chunks of 256 KiB and more are cheapest. Chunks are never empty.
pub struct Body {
    inner: Inner,
    size: Option<u64>,
}

enum Inner {
    /// A stream that was made on this side of the boundary.
    Local(Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>),
    /// A stream from the other side, passed on unchanged.
    Wire(WireStream),
    /// All bytes in one chunk.
    Once(Bytes),
}

impl Body {
    /// A body without bytes.
    pub fn empty() -> Self {
        Self::from(Bytes::new())
    }

    /// The bytes of `stream`, and their total number `size` if it is known. If `stream` yields more or fewer bytes, the
    /// reader gets an error of kind [`BrokenBody`](ErrorKind::BrokenBody) in place of the end.
    pub fn from_stream(stream: impl Stream<Item = Result<Bytes>> + Send + 'static, size: Option<u64>) -> Self {
        let inner = match size {
            Some(size) => Inner::Local(Box::pin(exactly(stream, size))),
            None => Inner::Local(Box::pin(stream)),
        };
        Self { inner, size }
    }

    /// The total number of bytes, if it is known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The next chunk; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        StreamExt::next(self).await
    }

    /// Collects all bytes, if they are not more than `limit`.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](ErrorKind::TooLarge) as soon as there are more than `limit` bytes, otherwise the stream's own
    /// error.
    pub async fn into_bytes(mut self, limit: usize) -> Result<Bytes> {
        let mut all = BytesMut::new();
        while let Some(chunk) = self.next().await {
            let chunk = chunk?;
            if all.len() + chunk.len() > limit {
                let message = format!("the body has more than {limit} bytes");
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
            if all.is_empty() && self.size == Some(chunk.len() as u64) {
                return match self.next().await {
                    None => Ok(chunk),
                    Some(more) => {
                        more.and(Err(Error::new(ErrorKind::BrokenBody, "the body is longer than its announced size")))
                    }
                };
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    pub(crate) fn into_wire(self) -> WireStream {
        match self.inner {
            Inner::Wire(stream) => stream,
            Inner::Local(stream) => WireStream::new(Entered::new(stream), self.size),
            Inner::Once(bytes) => {
                let chunk = (!bytes.is_empty()).then_some(Ok(bytes));
                WireStream::new(Entered::new(Box::pin(stream::iter(chunk))), self.size)
            }
        }
    }

    pub(crate) fn from_wire(stream: WireStream) -> Self {
        Self { size: stream.size(), inner: Inner::Wire(stream) }
    }
}

impl Stream for Body {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        // Without tokio's budget, a body that always has a chunk ready would keep its reader's task from its deadline,
        // and the thread from other tasks.
        let turn = ready!(coop::poll_proceed(context));
        let polled = match &mut self.inner {
            Inner::Local(stream) => stream.as_mut().poll_next(context),
            Inner::Wire(stream) => Pin::new(stream).poll_next(context).map_err(wire::error_from),
            Inner::Once(bytes) if bytes.is_empty() => Poll::Ready(None),
            Inner::Once(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
        };
        if polled.is_ready() {
            turn.made_progress();
        }
        polled
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        let bytes = bytes.into();
        Self { size: Some(bytes.len() as u64), inner: Inner::Once(bytes) }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("size", &self.size).finish_non_exhaustive()
    }
}

/// `stream`, with an error if it does not yield exactly `size` bytes.
fn exactly(
    stream: impl Stream<Item = Result<Bytes>> + Send + 'static,
    size: u64,
) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::unfold(Some((Box::pin(stream), size)), |state| async {
        let (mut stream, left) = state?;
        match stream.next().await {
            Some(Ok(chunk)) if chunk.len() as u64 > left => {
                Some((Err(Error::new(ErrorKind::BrokenBody, "the body is longer than its announced size")), None))
            }
            Some(Ok(chunk)) => {
                let left = left - chunk.len() as u64;
                Some((Ok(chunk), Some((stream, left))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None if left > 0 => {
                let message = format!("the body is {left} bytes shorter than its announced size");
                Some((Err(Error::new(ErrorKind::BrokenBody, message)), None))
            }
            None => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(sizes: &[usize]) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
        stream::iter(sizes.iter().map(|size| Ok(Bytes::from(vec![7; *size]))).collect::<Vec<_>>())
    }

    #[tokio::test]
    async fn a_body_shorter_or_longer_than_it_said_breaks() {
        for sizes in [&[3, 3][..], &[3, 5][..]] {
            let error = Body::from_stream(chunks(sizes), Some(7)).into_bytes(100).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenBody);
        }
        assert_eq!(Body::from_stream(chunks(&[3, 4]), Some(7)).into_bytes(100).await.unwrap().len(), 7);
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let error = Body::from_stream(chunks(&[60, 60]), None).into_bytes(100).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }

    #[tokio::test]
    async fn bytes_come_back_from_the_wire_uncopied() {
        let bytes = Bytes::from(vec![1; 1000]);
        let back = Body::from_wire(Body::from(bytes.clone()).into_wire()).into_bytes(1000).await.unwrap();
        assert_eq!(back.as_ptr(), bytes.as_ptr());
    }
}
