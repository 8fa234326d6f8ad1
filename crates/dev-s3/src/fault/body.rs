//! Response bodies that stall or break off.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use s3s::{Body, StdError};
use tokio::time::{Sleep, sleep};

/// The time in which the bytes before the cut leave the server.
const FLUSH: Duration = Duration::from_millis(20);

/// Passes `after` bytes, and then stalls forever.
pub(crate) fn stall(body: Body, after: u64) -> Body {
    Body::http_body_unsync(Broken { inner: body, left: after, end: None })
}

/// Passes `after` bytes, and then breaks off. The server then closes the connection.
pub(crate) fn cut(body: Body, after: u64) -> Body {
    Body::http_body_unsync(Broken { inner: body, left: after, end: Some(Box::pin(sleep(FLUSH))) })
}

struct Broken {
    inner: Body,
    left: u64,
    /// The time of the break. `None` stalls forever.
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
