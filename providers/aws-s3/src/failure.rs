//! Errors of the SDK as errors of the interface: each names the failure and a remedy.

mod credentials;
mod explain;
mod kind;
mod retry;

use std::{error::Error as StdError, io};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    error::{ConnectorError, ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use longshore_provider::{Error, ErrorKind};

use self::kind::kind_of_status;
pub(crate) use self::{credentials::without_credentials, retry::RetryWhatMayPass};

/// The operation that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    /// As in "could not …".
    pub(crate) verb: &'static str,
    /// The permission that a policy must grant.
    pub(crate) permission: &'static str,
}

impl Action {
    pub(crate) const UPLOAD: Self = Self { verb: "upload", permission: "s3:PutObject" };
    pub(crate) const ABORT: Self = Self { verb: "abort the upload of", permission: "s3:AbortMultipartUpload" };
    pub(crate) const LIST_UPLOADS: Self =
        Self { verb: "look for unfinished uploads of", permission: "s3:ListBucketMultipartUploads" };
    pub(crate) const OPEN: Self = Self { verb: "read", permission: "s3:GetObject" };
    pub(crate) const HEAD: Self = Self { verb: "look at", permission: "s3:GetObject" };
    pub(crate) const DELETE: Self = Self { verb: "delete", permission: "s3:DeleteObject" };
    pub(crate) const LIST: Self = Self { verb: "list", permission: "s3:ListBucket" };
    pub(crate) const HEALTH: Self = Self { verb: "reach", permission: "s3:ListBucket" };

    /// Whether "not found" means the bucket.
    fn is_about_the_bucket(self) -> bool {
        matches!(self, Self::HEALTH | Self::LIST | Self::LIST_UPLOADS)
    }
}

/// Which service and bucket messages name.
#[derive(Debug)]
pub(crate) struct BucketLocation {
    pub(crate) bucket: String,
    /// Scheme and host.
    pub(crate) endpoint: String,
    pub(crate) region: String,
}

/// An answer, or its absence, without the type of the operation.
struct Failure<'a> {
    action: Action,
    /// The key, or what else the action was about.
    subject: &'a str,
    status: u16,
    code: &'a str,
    message: &'a str,
    /// `x-amz-bucket-region`.
    region: Option<&'a str>,
}

impl BucketLocation {
    /// The error for `action` on `subject`.
    pub(crate) fn error<E>(&self, action: Action, subject: &str, error: &SdkError<E, HttpResponse>) -> Error
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let made = match error {
            SdkError::ServiceError(service) => {
                let metadata = service.err().meta();
                let raw = service.raw();
                let failure = Failure {
                    action,
                    subject,
                    status: raw.status().as_u16(),
                    code: metadata.code().unwrap_or_default(),
                    message: metadata.message().unwrap_or_default(),
                    region: raw.headers().get("x-amz-bucket-region"),
                };
                self.answered(&failure)
            }
            SdkError::ResponseError(response) => {
                let status = response.raw().status().as_u16();
                let message = format!(
                    "{} responded with status {status}, but not like an S3 service: check s3Options.endpoint",
                    self.endpoint
                );
                // A success that could not be read to its end is a broken connection.
                let kind = if status < 300 { ErrorKind::Unavailable } else { kind_of_status(status) };
                Error::new(kind, message).caused_by(innermost(error))
            }
            SdkError::TimeoutError(_) => {
                self.no_answer(ErrorKind::Timeout, action, subject).caused_by(innermost(error))
            }
            SdkError::DispatchFailure(failure) => self.unreached(action, subject, failure.as_connector_error()),
            _ => Error::invalid_input(format!("could not {} `{subject}`: the request cannot be made", action.verb))
                .caused_by(innermost(error)),
        };
        match error.request_id() {
            Some(id) => made.with_request_id(id),
            None => made,
        }
    }

    fn no_answer(&self, kind: ErrorKind, action: Action, subject: &str) -> Error {
        let what = if kind == ErrorKind::Timeout { "did not respond in time" } else { "cannot be reached" };
        let message = format!(
            "could not {} `{subject}`: {} {what}; is it running, and is s3Options.endpoint right?",
            action.verb, self.endpoint
        );
        Error::new(kind, message)
    }

    fn unreached(&self, action: Action, subject: &str, error: Option<&ConnectorError>) -> Error {
        let Some(error) = error else { return self.no_answer(ErrorKind::Unavailable, action, subject) };
        if let Some(credentials) = in_chain::<CredentialsError>(error) {
            return without_credentials(credentials);
        }
        let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Unavailable };
        let made = self.no_answer(kind, action, subject);
        match error.source() {
            Some(source) => made.caused_by(source),
            None => made,
        }
    }

    fn answered(&self, failure: &Failure<'_>) -> Error {
        let (kind, message) = self.explain(failure);
        let error = Error::new(kind, message);
        let error = if failure.code.is_empty() { error } else { error.with_service_code(failure.code) };
        if failure.message.is_empty() { error } else { error.with_causes(vec![failure.message.to_owned()]) }
    }
}

/// Whether the connection was refused.
pub(crate) fn nobody_listens<E>(error: &SdkError<E, HttpResponse>) -> bool {
    let SdkError::DispatchFailure(failure) = error else { return false };
    let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    failure.as_connector_error().and_then(|error| in_chain(error)).is_some_and(refused)
}

/// The SDK's outer errors say only of which sort they are.
fn innermost<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    error.source().unwrap_or(error)
}

/// The cause of that type, however deep.
fn in_chain<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
