//! Posts one message.

use std::{sync::OnceLock, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Uri,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
    http::uri::Authority,
};
use longshore_media_library::Webhook;
use longshore_provider::Secret;
use thiserror::Error;
use tokio::time::timeout;

use super::signature;
use crate::https::{self, HttpsClient};

/// How long an attempt may take, from the DNS lookup to the head of the response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most bytes of a response's body to read, within [`REST`]. The body is discarded, and is read only because the
/// connection can then be reused.
const ANSWER: usize = 64 * 1024;
const REST: Duration = Duration::from_secs(1);

/// The parts of a webhook's configuration that every request needs.
pub(super) struct Receiver {
    uri: Uri,
    secret: Option<Secret>,
    headers: HeaderMap,
}

/// A message.
pub(super) struct Message {
    /// The id of the delivery, which is the same for each attempt.
    pub(super) id: i64,
    /// The name of the event, such as `media.create`.
    pub(super) event: String,
    /// The body, JSON.
    pub(super) body: Bytes,
}

/// Why a message was not received.
#[derive(Debug, Error)]
pub(super) enum PostError {
    #[error("the receiver responded with status {0}")]
    Status(u16),
    #[error("the receiver responded with status {0}: redirects are not followed")]
    Redirect(u16),
    #[error("the receiver did not respond in time")]
    Timeout,
    #[error("the receiver cannot be reached")]
    Connection(#[source] hyper_util::client::legacy::Error),
    #[error("the event's name cannot be a header")]
    Event(#[from] hyper::header::InvalidHeaderValue),
}

/// Posts messages over a pool of connections.
pub(super) struct Client {
    limit: Duration,
    /// Created for the first message, because reading the machine's certificates takes milliseconds.
    pool: OnceLock<HttpsClient>,
}

impl Client {
    pub(super) fn new() -> Self {
        Self { limit: TIMEOUT, pool: OnceLock::new() }
    }

    /// Posts the message. `time` is the current time in seconds since 1970.
    pub(super) async fn post(&self, to: &Receiver, message: &Message, time: i64) -> Result<(), PostError> {
        let request = to.request(message, time)?;
        let answer = timeout(self.limit, self.pool.get_or_init(https::client).request(request));
        let answer = answer.await.map_err(|_| PostError::Timeout)?.map_err(PostError::Connection)?;
        let status = answer.status();
        // The content of the response has no meaning, and its errors do not matter.
        let _ = timeout(REST, Limited::new(answer.into_body(), ANSWER).collect()).await;
        match status {
            status if status.is_success() => Ok(()),
            status if status.is_redirection() => Err(PostError::Redirect(status.as_u16())),
            status => Err(PostError::Status(status.as_u16())),
        }
    }

    #[cfg(test)]
    pub(super) fn with_limit(limit: Duration) -> Self {
        Self { limit, ..Self::new() }
    }
}

impl Receiver {
    /// `None` if the configured URL or headers are invalid, which the check of the configuration prevents.
    pub(super) fn new(webhook: &Webhook) -> Option<Self> {
        let mut headers = HeaderMap::with_capacity(webhook.headers.len());
        for (name, value) in &webhook.headers {
            let mut value = HeaderValue::from_bytes(value.expose().as_bytes()).ok()?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_bytes(name.as_bytes()).ok()?, value);
        }
        Some(Self { uri: webhook.url.parse().ok()?, secret: webhook.secret.clone(), headers })
    }

    /// Scheme and host only, because the path of a webhook's URL is often a secret.
    pub(super) fn shown(&self) -> String {
        let part = |part: Option<&str>| part.unwrap_or_default().to_owned();
        format!("{}://{}", part(self.uri.scheme_str()), part(self.uri.authority().map(Authority::as_str)))
    }

    fn request(&self, message: &Message, time: i64) -> Result<Request<Full<Bytes>>, PostError> {
        let mut request = Request::post(self.uri.clone())
            .body(Full::new(message.body.clone()))
            .expect("a method, a parsed URI and no header make a request");
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("longshore/", env!("CARGO_PKG_VERSION"))));
        headers.extend(self.headers.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("x-strapi-event", HeaderValue::from_str(&message.event)?);
        headers.insert("x-longshore-delivery", HeaderValue::from(message.id));
        if let Some(secret) = &self.secret {
            let signature = signature::sign(secret.expose(), time, &message.body);
            headers.insert("x-longshore-signature", HeaderValue::from_str(&signature)?);
        }
        Ok(request)
    }
}
