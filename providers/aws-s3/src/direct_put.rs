//! The direct PUT: the first attempt at storing a small file, without the SDK's machinery around it.
//!
//! Building, signing and classifying a request costs the SDK nearly as much CPU as hashing and sending a file of 100 KiB.
//! Nearly every request succeeds at once, so the first attempt is made here: the same request over the SDK's own
//! connections. Tests compare both requests for every option. The SDK makes all further attempts, and the error.
//! `providerConfig.directPut = false` turns the direct PUT off. See `docs/decisions`.

mod circuit_breaker;
mod connector;
mod headers;
mod signature;
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
use self::{circuit_breaker::CircuitBreaker, headers::headers_of, signature::SignedHeaders};
use crate::{
    location::Location, payload::Payload, put_headers::PutHeaders, sign::Signer, trace, unknown_outcome::AttemptTracker,
};

/// At most so long after a failure that may pass the SDK makes the second attempt: as long as it waits itself.
const BACKOFF: Duration = Duration::from_secs(1);
/// A success says nothing that counts in its body. So much of it is read, to keep the connection.
const IDLE_TALK: usize = 64 * 1024;

const USER_AGENT: &str = concat!("longshore-aws-s3/", env!("CARGO_PKG_VERSION"));

/// Makes first attempts.
#[derive(Debug)]
pub(crate) struct DirectPut {
    signer: Signer,
    connector: Connector,
    /// The SDK's retry configuration, with one attempt less.
    rest: RetryConfig,
    breaker: CircuitBreaker,
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

impl DirectPut {
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
            breaker: CircuitBreaker::default(),
        })
    }

    /// Tries to store a file.
    pub(crate) async fn put(
        &self,
        key: &str,
        headers: &PutHeaders,
        payload: &Payload,
        tracker: &AttemptTracker,
    ) -> Outcome {
        let Some(connector) = self.connector.get().filter(|_| !self.breaker.is_open()) else {
            return Outcome::NotTried;
        };
        let mut request = match self.request(key, headers, payload).await {
            Ok(Some(request)) => request,
            Ok(None) => return Outcome::NotTried,
            Err(_) => {
                self.breaker.trip();
                return Outcome::NotTried;
            }
        };
        let connection = CaptureSmithyConnection::new();
        request.add_extension(connection.clone());
        tracker.note_request();
        match connector.call(request).await {
            Ok(answer) => {
                let status = answer.status();
                tracker.note_status(status.as_u16());
                if status.is_success() {
                    let etag = answer.headers().get("etag").map(str::to_owned);
                    drain(answer).await;
                    self.breaker.note_success();
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
                self.breaker.trip();
            }
            429 | 500.. => {
                // Another server may be behind another connection.
                if let Some(connection) = connection.get() {
                    connection.poison();
                }
                self.has_trouble().await;
            }
            _ => self.breaker.trip(),
        }
    }

    /// The next attempt comes later, and not at the same time as those of all others that failed now.
    async fn has_trouble(&self) {
        self.breaker.trip();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        sleep(BACKOFF.mul_f64(f64::from(now.subsec_micros()) / 1e6)).await;
    }

    /// The request, unless the SDK should make it.
    async fn request(&self, key: &str, headers: &PutHeaders, payload: &Payload) -> Result<Option<HttpRequest>> {
        let Some((headers, body)) = unsigned(headers, payload) else { return Ok(None) };
        let Some(hash) = &payload.hash else { return Ok(None) };
        let signed = self.signer.put(key, headers, hash.digits()).await?;
        Ok(signed.and_then(|(address, headers)| made(&address, &headers, body).ok()))
    }
}

fn unsigned(upload: &PutHeaders, payload: &Payload) -> Option<(SignedHeaders, SdkBody)> {
    let body = payload.body.try_clone()?;
    let mut headers = headers_of(upload)?;
    headers.add("content-length", body.content_length()?.to_string());
    headers.add_some("x-amz-checksum-crc32", payload.crc32.as_deref());
    headers.add_some("x-amz-checksum-crc32c", payload.crc32_c.as_deref());
    headers.add_some("x-amz-checksum-crc64nvme", payload.crc64_nvme.as_deref());
    headers.add_some("x-amz-checksum-sha256", payload.sha256.as_deref());
    headers.are_plain().then_some((headers, body))
}

fn made(address: &str, headers: &SignedHeaders, body: SdkBody) -> Result<HttpRequest, BoxError> {
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
