//! Requests to the URLs of files, over HTTP or TLS.

use std::{
    io::{self, ErrorKind},
    sync::OnceLock,
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, header::CONTENT_TYPE};
use longshore_provider_testkit::Fetched;
use tokio::time::timeout;

use crate::https::{self, HttpsClient};

/// The largest body in bytes. No file of the test kit is larger.
const LIMIT: usize = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends requests to URLs.
#[derive(Default)]
pub(super) struct Fetcher(OnceLock<HttpsClient>);

impl Fetcher {
    /// Whether URLs of this scheme can be requested.
    pub(super) fn can_request(url: &str) -> bool {
        let scheme = url.split(':').next().unwrap_or_default();
        ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
    }

    /// Sends a request without a body to `url`. Redirects are not followed.
    pub(super) async fn request(&self, method: &str, url: &str) -> io::Result<Fetched> {
        timeout(PATIENCE, self.send(method, url)).await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
    }

    async fn send(&self, method: &str, url: &str) -> io::Result<Fetched> {
        let url = url.split('#').next().unwrap_or(url);
        let request =
            Request::builder().method(method).uri(url).body(Full::<Bytes>::default()).map_err(io::Error::other)?;
        let client = self.0.get_or_init(https::client);
        let answer = client.request(request).await.map_err(|error| io::Error::other(chain(&error)))?;
        let (head, body) = answer.into_parts();
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = Limited::new(body, LIMIT).collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(Fetched { status: head.status.as_u16(), content_type, body })
    }
}

/// An error with its causes. The outermost message alone does not name the cause.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
