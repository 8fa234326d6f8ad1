//! The first attempt at storing a small file, without the machinery of the SDK around it.
//!
//! To make, sign and judge a request costs the SDK as much as to hash and send a file of 100 KiB. Nearly every request
//! succeeds at once and needs none of that, so the first attempt is made here: the same request (a test compares them)
//! over the SDK's own connections. Whatever does not plainly succeed is left to the SDK, which tries again as it does
//! after an attempt of its own, and finds the words for what went wrong.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_s3::{
    Config,
    config::{
        ConfigBag, HttpClient, RuntimeComponents, RuntimeComponentsBuilder, SharedCredentialsProvider,
        SharedHttpClient,
        retry::{RetryConfig, RetryMode},
    },
    error::BoxError,
    primitives::{DateTimeFormat, SdkBody},
};
use aws_smithy_runtime_api::client::{
    connector_metadata::ConnectorMetadata,
    http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
};
use http_body::Body;
use longshore_provider::tokio::time::{Instant, sleep};

use crate::{
    doubt::Sent,
    location::Location,
    payload::Payload,
    sign::{Headers, Signer},
    trace,
    written::Written,
};

/// After a failure, everything is left to the SDK for so long: it corrects a clock that is wrong, and gives a service
/// that has trouble the time it needs.
const PAUSE: Duration = Duration::from_mins(1);
/// At most so long after a failure that may pass the SDK makes the second attempt: as long as it waits itself.
const BACKOFF: Duration = Duration::from_secs(1);

const USER_AGENT: &str = concat!("longshore-aws-s3/", env!("CARGO_PKG_VERSION"));

/// Makes first attempts.
#[derive(Debug)]
pub(crate) struct Quick {
    signer: Signer,
    connector: Connector,
    /// What the SDK has left after an attempt.
    rest: RetryConfig,
    paused_until: Mutex<Option<Instant>>,
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
            paused_until: Mutex::default(),
        })
    }

    /// Tries to store a file.
    pub(crate) async fn put(&self, key: &str, written: &Written, payload: &Payload, sent: &Sent) -> Outcome {
        let Some(connector) = self.connector.0.get().filter(|_| !self.is_paused()) else { return Outcome::NotTried };
        let Some(request) = self.request(key, written, payload).await else { return Outcome::NotTried };
        sent.leaves();
        let answer = connector.call(request).await;
        if let Ok(answer) = &answer {
            sent.is_answered(answer.status().as_u16());
        }
        match answer {
            Ok(answer) if answer.status().is_success() => {
                let etag = answer.headers().get("etag").map(str::to_owned);
                if is_empty(answer).await {
                    return Outcome::Stored(etag);
                }
            }
            Ok(answer) if answer.status().is_client_error() && answer.status().as_u16() != 429 => {}
            _ => sleep(jitter()).await,
        }
        *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + PAUSE);
        Outcome::Failed(self.rest.clone())
    }

    fn is_paused(&self) -> bool {
        let until = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    /// The request, unless the SDK should make it.
    async fn request(&self, key: &str, written: &Written, payload: &Payload) -> Option<HttpRequest> {
        let hash = payload.hash.as_ref()?;
        let body = payload.body.try_clone()?;
        let mut headers = headers(written)?;
        headers.add("content-length", body.content_length()?.to_string());
        headers.add_some("x-amz-checksum-crc32", payload.crc32.as_deref());
        headers.add_some("x-amz-checksum-crc32c", payload.crc32_c.as_deref());
        headers.add_some("x-amz-checksum-crc64nvme", payload.crc64_nvme.as_deref());
        headers.add_some("x-amz-checksum-sha256", payload.sha256.as_deref());
        if !headers.are_plain() {
            return None;
        }
        let (address, headers) = self.signer.put(key, headers, hash.digits()).await.ok()?;
        made(&address, &headers, body).ok()
    }
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

/// As the SDK writes them.
fn headers(written: &Written) -> Option<Headers> {
    // By name, so that a field that is new cannot be forgotten.
    let Written {
        acl,
        cache_control,
        content_disposition,
        content_encoding,
        content_language,
        content_type,
        expires,
        metadata,
        storage_class,
        tagging,
        encryption,
        kms_key_id,
        checksum_algorithm,
        if_none_match,
        request_payer,
        expected_bucket_owner,
    } = written;
    let mut headers = Headers::default();
    headers.add_some("x-amz-acl", acl.as_ref().map(aws_sdk_s3::types::ObjectCannedAcl::as_str));
    headers.add_some("cache-control", cache_control.as_deref());
    headers.add_some("content-disposition", content_disposition.as_deref());
    headers.add_some("content-encoding", content_encoding.as_deref());
    headers.add_some("content-language", content_language.as_deref());
    headers.add("content-type", content_type.as_deref().unwrap_or("application/octet-stream"));
    if let Some(expires) = expires {
        headers.add("expires", expires.fmt(DateTimeFormat::HttpDate).ok()?);
    }
    for (name, value) in metadata.iter().flatten() {
        headers.add(format!("x-amz-meta-{}", name.to_ascii_lowercase()), value);
    }
    headers.add_some("x-amz-storage-class", storage_class.as_ref().map(aws_sdk_s3::types::StorageClass::as_str));
    headers.add_some("x-amz-tagging", tagging.as_deref());
    headers.add_some(
        "x-amz-server-side-encryption",
        encryption.as_ref().map(aws_sdk_s3::types::ServerSideEncryption::as_str),
    );
    headers.add_some("x-amz-server-side-encryption-aws-kms-key-id", kms_key_id.as_deref());
    headers.add_some(
        "x-amz-sdk-checksum-algorithm",
        checksum_algorithm.as_ref().map(aws_sdk_s3::types::ChecksumAlgorithm::as_str),
    );
    headers.add_some("if-none-match", if_none_match.as_deref());
    headers.add_some("x-amz-request-payer", request_payer.as_ref().map(aws_sdk_s3::types::RequestPayer::as_str));
    headers.add_some("x-amz-expected-bucket-owner", expected_bucket_owner.as_deref());
    Some(headers)
}

/// Whether the answer has no body. One that is not read would cost the connection.
async fn is_empty(answer: HttpResponse) -> bool {
    let mut body = answer.into_body();
    body.is_end_stream() || poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await.is_none()
}

/// Not the same for all whose requests failed at the same time.
fn jitter() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    BACKOFF.mul_f64(f64::from(now.subsec_micros()) / 1e6)
}

/// What a client sends its requests with, from its first one on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connector(Arc<OnceLock<SharedHttpConnector>>);

impl Connector {
    /// `client`, whose connections this then knows.
    pub(crate) fn of(&self, client: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Known { inner: client, connector: self.clone() })
    }
}

#[derive(Debug)]
struct Known {
    inner: SharedHttpClient,
    connector: Connector,
}

impl HttpClient for Known {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.inner.http_connector(settings, components);
        self.connector.0.get_or_init(|| connector.clone());
        connector
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
