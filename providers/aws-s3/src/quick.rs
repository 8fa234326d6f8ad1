//! The first attempt at storing a small file, without the machinery of the SDK around it.
//!
//! To make, sign and judge a request costs the SDK nearly as much as to hash and send a file of 100 KiB. Nearly every request
//! succeeds at once and needs little of that, so the first attempt is made here: the same request (a test compares them)
//! over the SDK's own connections. Whatever does not plainly succeed is left to the SDK, which tries again as it does
//! after an attempt of its own, and finds the words for what went wrong.

mod connector;
mod headers;
mod pause;
#[cfg(test)]
mod tests;

use std::{
    future::poll_fn,
    pin::Pin,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_s3::{
    Config,
    config::{
        SharedCredentialsProvider,
        retry::{RetryConfig, RetryMode},
    },
    error::BoxError,
    primitives::SdkBody,
};
use aws_smithy_runtime_api::client::{
    connection::CaptureSmithyConnection,
    http::HttpConnector,
    orchestrator::{HttpRequest, HttpResponse},
};
use http_body::Body;
use longshore_provider::{Result, tokio::time::sleep};

pub(crate) use self::connector::Connector;
use self::{headers::headers, pause::Pause};
use crate::{
    doubt::Sent,
    location::Location,
    payload::Payload,
    sign::{Headers, Signer},
    trace,
    written::Written,
};

/// At most so long after a failure that may pass the SDK makes the second attempt: as long as it waits itself.
const BACKOFF: Duration = Duration::from_secs(1);
/// A success says nothing that counts in its body. So much of it is read, to keep the connection.
const IDLE_TALK: usize = 64 * 1024;

const USER_AGENT: &str = concat!("longshore-aws-s3/", env!("CARGO_PKG_VERSION"));

/// Makes first attempts.
#[derive(Debug)]
pub(crate) struct Quick {
    signer: Signer,
    connector: Connector,
    /// What the SDK has left after an attempt.
    rest: RetryConfig,
    pause: Pause,
}

/// How a first attempt ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The file is stored; with its tag, if the service told it.
    Stored(Option<String>),
    /// The SDK has so much left.
    Failed(RetryConfig),
    /// Nothing was sent.
    NotTried,
}

impl Quick {
    /// For a client with this configuration, which sends what `connector` knows; `None` where the SDK is needed: its
    /// other ways to sign, its way to limit rates, and if there is but one attempt.
    pub(crate) fn new(
        config: &Config,
        endpoint: &Location,
        credentials: &SharedCredentialsProvider,
        connector: Connector,
    ) -> Option<Self> {
        let retries = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let attempts = retries.max_attempts();
        let simple = endpoint.service == "s3" && retries.mode() == RetryMode::Standard && attempts > 1;
        simple.then(|| Self {
            signer: Signer::new(endpoint.clone(), credentials.clone()),
            connector,
            rest: retries.with_max_attempts(attempts - 1),
            pause: Pause::default(),
        })
    }

    /// Tries to store a file.
    pub(crate) async fn put(&self, key: &str, written: &Written, payload: &Payload, sent: &Sent) -> Outcome {
        let Some(connector) = self.connector.get().filter(|_| !self.pause.is_on()) else { return Outcome::NotTried };
        let mut request = match self.request(key, written, payload).await {
            Ok(Some(request)) => request,
            Ok(None) => return Outcome::NotTried,
            Err(_) => {
                self.pause.begin();
                return Outcome::NotTried;
            }
        };
        let connection = CaptureSmithyConnection::new();
        request.add_extension(connection.clone());
        sent.leaves();
        match connector.call(request).await {
            Ok(answer) => {
                let status = answer.status();
                sent.is_answered(status.as_u16());
                if status.is_success() {
                    let etag = answer.headers().get("etag").map(str::to_owned);
                    drain(answer).await;
                    self.pause.is_over();
                    return Outcome::Stored(etag);
                }
                drop(answer);
                self.is_refused(status.as_u16(), &connection).await;
            }
            Err(_) => self.has_trouble().await,
        }
        Outcome::Failed(self.rest.clone())
    }

    async fn is_refused(&self, status: u16, connection: &CaptureSmithyConnection) {
        match status {
            // About this file alone.
            409 | 412 => {}
            // It may be about the credentials, or the clock.
            400 | 401 | 403 => {
                self.signer.forget();
                self.pause.begin();
            }
            429 | 500.. => {
                // Another server may be behind another connection.
                if let Some(connection) = connection.get() {
                    connection.poison();
                }
                self.has_trouble().await;
            }
            _ => self.pause.begin(),
        }
    }

    /// The next attempt comes later, and not at the same time as those of all others that failed now.
    async fn has_trouble(&self) {
        self.pause.begin();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        sleep(BACKOFF.mul_f64(f64::from(now.subsec_micros()) / 1e6)).await;
    }

    /// The request, unless the SDK should make it.
    async fn request(&self, key: &str, written: &Written, payload: &Payload) -> Result<Option<HttpRequest>> {
        let Some((headers, body)) = unsigned(written, payload) else { return Ok(None) };
        let Some(hash) = &payload.hash else { return Ok(None) };
        let signed = self.signer.put(key, headers, hash.digits()).await?;
        Ok(signed.and_then(|(address, headers)| made(&address, &headers, body).ok()))
    }
}

fn unsigned(written: &Written, payload: &Payload) -> Option<(Headers, SdkBody)> {
    let body = payload.body.try_clone()?;
    let mut headers = headers(written)?;
    headers.add("content-length", body.content_length()?.to_string());
    headers.add_some("x-amz-checksum-crc32", payload.crc32.as_deref());
    headers.add_some("x-amz-checksum-crc32c", payload.crc32_c.as_deref());
    headers.add_some("x-amz-checksum-crc64nvme", payload.crc64_nvme.as_deref());
    headers.add_some("x-amz-checksum-sha256", payload.sha256.as_deref());
    headers.are_plain().then_some((headers, body))
}

fn made(address: &str, headers: &Headers, body: SdkBody) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(body);
    request.set_method("PUT")?;
    request.set_uri(address)?;
    for (name, value) in headers.iter() {
        request.headers_mut().try_insert(name.to_owned(), value.to_owned())?;
    }
    request.headers_mut().try_insert("user-agent", USER_AGENT)?;
    if let Some(parent) = trace::parent() {
        request.headers_mut().try_insert("traceparent", parent)?;
    }
    Ok(request)
}

/// A body that is not read to its end would cost the connection.
async fn drain(answer: HttpResponse) {
    let mut body = answer.into_body();
    let mut read = 0;
    while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        read += frame.data_ref().map_or(0, longshore_provider::Bytes::len);
        if read > IDLE_TALK {
            break;
        }
    }
}
