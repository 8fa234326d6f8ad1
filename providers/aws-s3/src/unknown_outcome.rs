//! Writes with an unknown outcome: the response was lost, or came from a proxy. The service may have carried them out.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aws_sdk_s3::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents},
    error::{BoxError, SdkError},
    primitives::{DateTime, DateTimeFormat},
};
use aws_smithy_runtime_api::client::{
    interceptors::context::{BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef},
    orchestrator::HttpResponse,
};
use longshore_provider::{
    Error, ErrorKind, Result,
    tokio::time::{Instant, timeout},
};

use crate::{
    etag,
    failure::{self, Action, BucketLocation},
    put_headers::PutHeaders,
};

/// How long the probe may take. Its caller has waited for the write before.
const LOOK_TIMEOUT: Duration = Duration::from_secs(3);

/// The age of an object may be wrong by so much: services state it in whole seconds, and their clocks may differ a little.
pub(crate) const SLACK: Duration = Duration::from_secs(2);

/// Counts the requests of an operation, over all its attempts, that may have been carried out.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttemptTracker(Arc<AtomicU32>);

impl AttemptTracker {
    /// Whether the operation may have been carried out although it ended with `error`.
    pub(crate) fn leaves_outcome_unknown<E>(&self, error: &SdkError<E, HttpResponse>) -> bool {
        // Who refuses the connection now cannot be asked what became of the attempts before, either.
        self.open() > 0 && !failure::nobody_listens(error)
    }

    /// How many requests were sent of which no answer says that they were not carried out.
    pub(crate) fn open(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// A request is sent.
    pub(crate) fn note_request(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes the status of a response.
    pub(crate) fn note_status(&self, status: u16) {
        if is_refusal(status) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Intercept for AttemptTracker {
    fn name(&self) -> &'static str {
        "AttemptTracker"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.note_request();
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.note_status(context.response().status().as_u16());
        Ok(())
    }
}

/// Whether the status says that nothing was done. Other errors of a server may come from something before it that has
/// lost sight of it, and S3 says some of them behind a success.
fn is_refusal(status: u16) -> bool {
    matches!(status, 400..=499 | 501 | 503 | 507)
}

/// The `error` of a write of which an attempt may have been carried out, or may be yet. The kind says that the
/// outcome is unknown, also if the service refused the last attempt for another reason.
pub(crate) fn outcome_unknown(error: Error) -> Error {
    match error.kind() {
        ErrorKind::RateLimited | ErrorKind::PermissionDenied | ErrorKind::Unauthenticated => {
            let causes = error.causes().map(str::to_owned).collect();
            let made = Error::new(ErrorKind::Unavailable, error.message()).with_causes(causes);
            let made = match error.service_code() {
                Some(code) => made.with_service_code(code),
                None => made,
            };
            match error.request_id() {
                Some(id) => made.with_request_id(id),
                None => made,
            }
        }
        _ => error,
    }
}

/// The object that is stored under a key.
#[derive(Debug)]
pub(crate) struct ObjectProbe {
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) size: u64,
    /// By the service's own clock.
    age: Option<Duration>,
}

impl ObjectProbe {
    /// Whether it was written by a call that began then, or beside it, rather than before it.
    pub(crate) fn is_written_since(&self, began: Instant) -> bool {
        self.age.is_some_and(|age| age <= began.elapsed() + SLACK)
    }
}

/// Looks what is stored under `key` now.
pub(crate) async fn look(
    client: &Client,
    location: &BucketLocation,
    key: &str,
    headers: &PutHeaders,
) -> Result<Option<ObjectProbe>> {
    let clock = Clock::default();
    let request = client
        .head_object()
        .bucket(&location.bucket)
        .key(key)
        .set_request_payer(headers.request_payer.clone())
        .set_expected_bucket_owner(headers.expected_bucket_owner.clone())
        .customize()
        .interceptor(clock.clone());
    let Ok(answer) = timeout(LOOK_TIMEOUT, request.send()).await else {
        return Err(Error::new(ErrorKind::Timeout, format!("looking at `{key}` took too long")));
    };
    match answer {
        Ok(output) => Ok(Some(ObjectProbe {
            etag: output.e_tag.as_deref().map(etag::bare).unwrap_or_default().to_owned(),
            size: output.content_length.and_then(|length| u64::try_from(length).ok()).unwrap_or_default(),
            age: output.last_modified.and_then(|modified| clock.since(modified)),
        })),
        Err(error) if error.raw_response().is_some_and(|raw| raw.status().as_u16() == 404) => Ok(None),
        Err(error) => Err(location.error(Action::HEAD, key, &error)),
    }
}

/// What time the service says it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<OnceLock<DateTime>>);

impl Clock {
    /// How long ago that was.
    pub(crate) fn since(&self, time: DateTime) -> Option<Duration> {
        let seconds = self.0.get()?.secs() - time.secs();
        Some(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
    }
}

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "Clock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        if let Some(date) = date.and_then(|date| DateTime::from_str(date, DateTimeFormat::HttpDate).ok()) {
            let _ = self.0.set(date);
        }
        Ok(())
    }
}
