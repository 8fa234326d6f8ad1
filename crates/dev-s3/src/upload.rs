//! The body of a request. s3s reads it, and the server reads the rest that s3s leaves.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// The time in which a client has to send the rest of a discarded body.
const PATIENCE: Duration = Duration::from_secs(30);

/// The body of a request. A clone reads the same body.
#[derive(Clone)]
pub(crate) struct Upload(Arc<Mutex<State>>);

struct State {
    incoming: Incoming,
    received: u64,
    polled: bool,
}

impl Upload {
    pub(crate) fn new(incoming: Incoming) -> Self {
        Self(Arc::new(Mutex::new(State { incoming, received: 0, polled: false })))
    }

    /// The number of bytes read so far.
    pub(crate) fn received(&self) -> u64 {
        self.lock().received
    }

    /// Whether the server has begun to read. A client that waits for `100 Continue` sends nothing before that.
    pub(crate) fn is_begun(&self) -> bool {
        self.lock().polled
    }

    /// Reads the rest and drops it. If a connection with unread data is closed, the kernel discards the response, and
    /// the client sees a reset in its place.
    pub(crate) async fn drain(mut self) {
        let rest = async { while let Some(Ok(_)) = self.frame().await {} };
        // A client that is too slow loses the response. Waiting longer would keep the connection open without end.
        let _ = tokio::time::timeout(PATIENCE, rest).await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut state = self.lock();
        state.polled = true;
        let frame = ready!(Pin::new(&mut state.incoming).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            state.received += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.lock().incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.lock().incoming.size_hint()
    }
}
