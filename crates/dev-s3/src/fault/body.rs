//! Bodies of answers that end badly.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use s3s::{Body, StdError};
use tokio::time::{Sleep, sleep};

/// Time for what was sent before the cut to leave the server.
const FLUSH: Duration = Duration::from_millis(20);

/// Passes so many bytes, and then nothing for ever.
pub(crate) fn stall(body: Body, after: u64) -> Body {
    Body::http_body_unsync(Broken { inner: body, left: after, end: None })
}

/// Passes so many bytes, and then breaks off; the server closes the connection.
pub(crate) fn cut(body: Body, after: u64) -> Body {
    Body::http_body_unsync(Broken { inner: body, left: after, end: Some(Box::pin(sleep(FLUSH))) })
}

struct Broken {
    inner: Body,
    left: u64,
    /// When to break off; never without it.
    end: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StdError>>> {
        let this = self.get_mut();
        if this.left == 0 {
            let Some(end) = &mut this.end else { return Poll::Pending };
            ready!(end.as_mut().poll(cx));
            return Poll::Ready(Some(Err(io::Error::other("cut by a fault").into())));
        }
        let Some(frame) = ready!(Pin::new(&mut this.inner).poll_frame(cx)?) else { return Poll::Ready(None) };
        let Ok(mut data) = frame.into_data() else { return Poll::Ready(None) };
        data.truncate(usize::try_from(this.left).unwrap_or(usize::MAX));
        this.left -= data.len() as u64;
        if let Some(end) = &mut this.end {
            end.as_mut().reset(tokio::time::Instant::now() + FLUSH);
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}
