//! A request body with timeouts, whose unread rest is drained.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::http::{HeaderMap, header::EXPECT};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::{
    runtime::Handle,
    time::{Instant, Sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{broken::BodyFailure, limits::Limits};
use crate::settings::Drain;

/// The number of bytes that count as progress.
const PROGRESS: usize = 1024;

/// A request body that fails if the client is too slow. When the body is dropped, a task reads its rest from the
/// connection. Otherwise the connection would be closed, and a client that sends everything before it reads would never
/// receive the response.
pub(super) struct TimeoutBody {
    /// `None` after the end or an error.
    body: Option<Incoming>,
    stall: Stall,
    drain: Drain,
    shutdown: CancellationToken,
    /// The client sent `Expect: 100-continue`, and the body has not been polled yet. A client whose request is refused
    /// never sends the body.
    waits_to_be_asked: bool,
    runtime: Handle,
}

/// The timeouts of a body: for the next KiB, and for the average rate. Only the time counts in which the server waited
/// for the client.
struct Stall {
    timeout: Duration,
    left: Duration,
    progress: usize,
    /// The lowest average rate, in bytes per second.
    lowest_rate: u64,
    received: u64,
    waited: Duration,
    /// The start of the current wait.
    waiting: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl TimeoutBody {
    pub(super) fn new(body: Incoming, headers: &HeaderMap, limits: &Limits, shutdown: &CancellationToken) -> Self {
        let timeout = limits.body_timeout;
        Self {
            stall: Stall {
                timeout,
                left: timeout,
                progress: 0,
                lowest_rate: limits.lowest_rate.max(1),
                received: 0,
                waited: Duration::ZERO,
                waiting: None,
                timer: None,
            },
            drain: limits.drain,
            shutdown: shutdown.clone(),
            waits_to_be_asked: headers.contains_key(EXPECT),
            runtime: Handle::current(),
            body: (!body.is_end_stream()).then_some(body),
        }
    }
}

impl Body for TimeoutBody {
    type Data = Bytes;
    type Error = BodyFailure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFailure>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        this.waits_to_be_asked = false;
        let Poll::Ready(frame) = Pin::new(body).poll_frame(context) else {
            ready!(this.stall.poll_expired(context));
            this.body = None;
            return Poll::Ready(Some(Err(BodyFailure::TooSlow)));
        };
        match frame {
            Some(Ok(frame)) => {
                this.stall.progressed(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                this.body = None;
                Poll::Ready(Some(Err(BodyFailure::BrokeOff(error))))
            }
            None => {
                this.body = None;
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Stall {
    fn progressed(&mut self, bytes: usize) {
        if let Some(since) = self.waiting.take() {
            self.left = self.left.saturating_sub(since.elapsed());
            self.waited += since.elapsed();
        }
        self.received += bytes as u64;
        self.progress += bytes;
        if self.progress >= PROGRESS {
            self.progress = 0;
            self.left = self.timeout;
        }
    }

    /// The remaining time until the average rate is too low. The first bytes may take a whole timeout.
    fn left_on_average(&self) -> Duration {
        let allowed = self.timeout.saturating_add(Duration::from_secs(self.received / self.lowest_rate));
        allowed.saturating_sub(self.waited)
    }

    /// Call this while no bytes are available. Resolves when the client has exceeded a timeout.
    fn poll_expired(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.waiting.is_none() {
            let now = Instant::now();
            self.waiting = Some(now);
            let deadline = now + self.left.min(self.left_on_average());
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(deadline),
                None => self.timer = Some(Box::pin(sleep_until(deadline))),
            }
        }
        self.timer.as_mut().map_or(Poll::Pending, |timer| timer.as_mut().poll(context))
    }
}

impl Drop for TimeoutBody {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) else { return };
        if self.waits_to_be_asked {
            return;
        }
        let (drain, shutdown) = (self.drain, self.shutdown.clone());
        self.runtime.spawn(async move {
            tokio::select! {
                () = read_up_to(body, drain.bytes) => {}
                () = tokio::time::sleep(drain.time) => {}
                () = shutdown.cancelled() => {}
            }
        });
    }
}

async fn read_up_to(mut body: Incoming, bytes: u64) {
    let mut left = bytes;
    while let Some(Ok(frame)) = body.frame().await {
        left = left.saturating_sub(frame.data_ref().map_or(0, |data| data.len() as u64));
        if left == 0 {
            return;
        }
    }
}
