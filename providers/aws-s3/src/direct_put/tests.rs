use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{HttpConnectorFuture, SharedHttpConnector};
use http_body::Frame;
use longshore_provider::Bytes;

use super::*;

/// Answers each request with this status, and a body that comes in these frames.
#[derive(Clone, Debug)]
struct Answers {
    status: u16,
    frames: &'static [&'static str],
    asked: Arc<AtomicUsize>,
}

impl HttpConnector for Answers {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let body = SdkBody::from_body_1_x(Frames(self.frames));
        let mut answer = HttpResponse::new(self.status.try_into().unwrap(), body);
        answer.headers_mut().insert("etag", "\"tag\"");
        HttpConnectorFuture::ready(Ok(answer))
    }
}

struct Frames(&'static [&'static str]);

impl Body for Frames {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some((first, rest)) = self.0.split_first() else { return Poll::Ready(None) };
        self.0 = rest;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(first.as_bytes())))))
    }
}

/// How two attempts one after the other end, and how many requests they are.
async fn twice(status: u16, frames: &'static [&'static str]) -> ([Outcome; 2], usize) {
    let credentials = Credentials::new("id", "secret", None, None, "test");
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials.clone())
        .build();
    let endpoint = Location::of(&config, "media").await.unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let connector = Connector::known(SharedHttpConnector::new(Answers { status, frames, asked: asked.clone() }));
    let direct_put =
        DirectPut::new(&config, &endpoint, &SharedCredentialsProvider::new(credentials), connector).unwrap();
    let payload = Payload::new(&[Bytes::from_static(b"content")], None);
    let headers = PutHeaders::default();
    let attempt = async || direct_put.put("a.txt", &headers, &payload, &AttemptTracker::default()).await;
    ([attempt().await, attempt().await], asked.load(Ordering::Relaxed))
}

#[tokio::test]
async fn the_body_of_a_successful_response_is_ignored() {
    for frames in [&[][..], &[""], &["", "<Stored/>", ""]] {
        let (outcomes, asked) = twice(200, frames).await;
        assert_eq!(asked, 2);
        for outcome in outcomes {
            assert!(matches!(&outcome, Outcome::Stored(Some(tag)) if tag == "\"tag\""), "{frames:?}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_of_one_file_keeps_nobody_else_from_it() {
    for status in [409, 412] {
        let (outcomes, asked) = twice(status, &[]).await;
        assert_eq!(asked, 2, "{status}");
        assert!(matches!(outcomes, [Outcome::Failed(_), Outcome::Failed(_)]), "{status}: {outcomes:?}");
    }
}

#[tokio::test]
async fn after_a_failed_direct_put_uploads_are_left_to_the_sdk_for_a_while() {
    for status in [301, 307, 400, 401, 403, 404, 429, 500, 503] {
        let (outcomes, asked) = twice(status, &["<Error/>"]).await;
        assert_eq!(asked, 1, "{status}");
        assert!(
            matches!(&outcomes, [Outcome::Failed(rest), Outcome::NotTried] if rest.max_attempts() == 2),
            "{status}: {outcomes:?}"
        );
    }
}
