//! Ends an attempt that makes no progress.
//!
//! The SDK has a limit for connecting, and one for a whole attempt, which a large part over a slow line would break.
//! This is a limit on silence: an attempt may take any time while bytes of the request or of the response flow.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use aws_sdk_s3::{
    config::{ConfigBag, HttpClient, RuntimeComponents, RuntimeComponentsBuilder, SharedHttpClient},
    error::{BoxError, ConnectorError},
    primitives::SdkBody,
};
use aws_smithy_runtime_api::client::{
    connector_metadata::ConnectorMetadata,
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
};
use http_body::{Body, Frame, SizeHint};
use longshore_provider::{
    Bytes,
    tokio::time::{Instant, Sleep, sleep_until},
};

/// Bytes that leave at a time. Only a line on which nothing works takes longer than the limit for them.
const FRAME: usize = 256 * 1024;
/// Bytes that leave at a time where the line has shown that it is quick: each frame costs a system call.
const LARGE_FRAME: usize = 1024 * 1024;
/// It has after so many frames in a row, the first of which only fill buffers, that each took less than a part of the
/// limit. To take longer than the limit for a large frame, it would have to become many times slower at once.
const QUICK_FRAMES: u32 = 8;
const QUICK_PART: u32 = 40;

/// An HTTP client whose attempts fail with a timeout after `limit` of silence.
#[derive(Debug)]
pub(crate) struct StallDetector {
    inner: SharedHttpClient,
    limit: Duration,
}

impl StallDetector {
    pub(crate) fn new(inner: SharedHttpClient, limit: Duration) -> Self {
        Self { inner, limit }
    }
}

impl HttpClient for StallDetector {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(StallDetectingConnector { inner, limit: self.limit })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        bag: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, bag)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, bag: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, bag)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

#[derive(Debug)]
struct StallDetectingConnector {
    inner: SharedHttpConnector,
    limit: Duration,
}

impl HttpConnector for StallDetectingConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let progress = Arc::new(Progress::new());
        let body = std::mem::replace(request.body_mut(), SdkBody::taken());
        *request.body_mut() = watch_request(body, progress.clone(), self.limit);
        let call = self.inner.call(request);
        let limit = self.limit;
        HttpConnectorFuture::new(async move {
            let mut call = std::pin::pin!(call);
            loop {
                let deadline = progress.last() + limit;
                longshore_provider::tokio::select! {
                    answer = &mut call => return answer.map(|answer| watch_response(answer, limit)),
                    () = sleep_until(deadline) => {
                        if progress.last() + limit <= Instant::now() {
                            return Err(ConnectorError::timeout(silence(limit)));
                        }
                    }
                }
            }
        })
    }
}

fn silence(limit: Duration) -> BoxError {
    format!("no progress for {limit:?}").into()
}

/// When the last bytes left.
#[derive(Debug)]
struct Progress {
    start: Instant,
    milliseconds: AtomicU64,
}

impl Progress {
    fn new() -> Self {
        Self { start: Instant::now(), milliseconds: AtomicU64::new(0) }
    }

    /// Bytes leave; answers how long ago others did.
    fn note(&self) -> Duration {
        let elapsed = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let before = self.milliseconds.swap(elapsed, Ordering::Relaxed);
        Duration::from_millis(elapsed.saturating_sub(before))
    }

    fn last(&self) -> Instant {
        self.start + Duration::from_millis(self.milliseconds.load(Ordering::Relaxed))
    }
}

fn watch_request(body: SdkBody, progress: Arc<Progress>, limit: Duration) -> SdkBody {
    if body.content_length().is_some_and(|length| length <= FRAME as u64) {
        return body;
    }
    let quick = limit / QUICK_PART;
    SdkBody::from_body_1_x(Outgoing { body, rest: Bytes::new(), quick, quick_frames: 0, progress })
}

/// A request's body, handed out in frames.
struct Outgoing {
    body: SdkBody,
    /// The rest of the chunk that is being handed out.
    rest: Bytes,
    /// The time that a frame takes on a fast line.
    quick: Duration,
    /// So many took no longer, up to now.
    quick_frames: u32,
    progress: Arc<Progress>,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.quick_frames = if self.progress.note() < self.quick { self.quick_frames.saturating_add(1) } else { 0 };
        if self.rest.is_empty() {
            match Body::poll_frame(Pin::new(&mut self.body), context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return other,
            }
        }
        let frame = self.rest.len().min(if self.quick_frames > QUICK_FRAMES { LARGE_FRAME } else { FRAME });
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(frame)))))
    }

    fn size_hint(&self) -> SizeHint {
        let inner = Body::size_hint(&self.body);
        let rest = self.rest.len() as u64;
        inner.exact().map_or_else(SizeHint::default, |size| SizeHint::with_exact(size + rest))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && Body::is_end_stream(&self.body)
    }
}

fn watch_response(answer: HttpResponse, limit: Duration) -> HttpResponse {
    answer.map(|body| match body.content_length() {
        Some(0) => body,
        _ => SdkBody::from_body_1_x(Incoming { body, limit, timer: None }),
    })
}

/// The body of a response. Its clock runs only while the reader waits: a slow reader is no silent service.
struct Incoming {
    body: SdkBody,
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Body::poll_frame(Pin::new(&mut self.body), context) {
            self.timer = None;
            return Poll::Ready(frame);
        }
        let limit = self.limit;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + limit)));
        timer.as_mut().poll(context).map(|()| Some(Err(silence(limit))))
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.body)
    }

    fn is_end_stream(&self) -> bool {
        Body::is_end_stream(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn frames_grow_on_a_quick_line_and_are_small_again_once_it_is_slow() {
        const MIB: usize = 1024 * 1024;
        let limit = Duration::from_secs(40);
        let body = watch_request(SdkBody::from(vec![0; 16 * MIB]), Arc::new(Progress::new()), limit);
        let mut body = std::pin::pin!(body);
        let mut next = async || {
            let frame = poll_fn(|context| body.as_mut().poll_frame(context)).await;
            frame.map_or(0, |frame| frame.unwrap().into_data().unwrap().len())
        };
        for _ in 0..QUICK_FRAMES {
            assert_eq!(next().await, 256 * 1024);
        }
        assert_eq!((next().await, next().await), (MIB, MIB));
        sleep_until(Instant::now() + limit / QUICK_PART + Duration::from_millis(50)).await;
        for _ in 0..=QUICK_FRAMES {
            assert_eq!(next().await, 256 * 1024);
        }
        assert_eq!(next().await, MIB);
    }
}
