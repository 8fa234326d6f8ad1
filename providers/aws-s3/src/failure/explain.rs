//! What the service's codes and statuses mean, and what to do about them.

use longshore_provider::ErrorKind;

use super::{Action, Failure, Site};

impl Site {
    pub(super) fn explain(&self, failure: &Failure<'_>) -> (ErrorKind, String) {
        self.by_code(failure).unwrap_or_else(|| self.by_status(failure))
    }

    /// The codes: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    fn by_code(&self, failure: &Failure<'_>) -> Option<(ErrorKind, String)> {
        let Self { bucket, endpoint, region } = self;
        let verb = failure.action.verb;
        let subject = failure.subject;
        Some(match failure.code {
            "NoSuchBucket" => self.no_bucket(),
            "NotFound" if failure.action.is_about_the_bucket() => self.no_bucket(),
            "NoSuchKey" | "NoSuchVersion" | "NotFound" => {
                (ErrorKind::NotFound, format!("nothing is stored under `{subject}`"))
            }
            "AccessControlListNotSupported" => (
                ErrorKind::InvalidOptions,
                format!(
                    "the bucket `{bucket}` has ACLs disabled: set s3Options.params.ACL = \"none\", and let a bucket \
                     policy say who may read"
                ),
            ),
            "InvalidAccessKeyId" => (
                ErrorKind::Unauthenticated,
                format!("{endpoint} does not know the access key id: check s3Options.credentials.accessKeyId"),
            ),
            "SignatureDoesNotMatch" => (
                ErrorKind::Unauthenticated,
                format!(
                    "{endpoint} does not accept the signature: check s3Options.credentials.secretAccessKey, and that \
                     s3Options.region (`{region}`) is the bucket's"
                ),
            ),
            "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "InvalidToken" => (
                ErrorKind::Unauthenticated,
                "the session credentials have expired or are not valid: renew them".to_owned(),
            ),
            "RequestTimeTooSkewed" => (
                ErrorKind::Unauthenticated,
                format!("this machine's clock and that of {endpoint} differ: set the clock"),
            ),
            "PermanentRedirect"
            | "TemporaryRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException" => self.elsewhere(failure),
            "PreconditionFailed" | "ConditionalRequestConflict" if failure.action == Action::UPLOAD => {
                (ErrorKind::AlreadyExists, format!("something is already stored under `{subject}`"))
            }
            "EntityTooLarge" => (ErrorKind::TooLarge, format!("`{subject}` is larger than the service stores")),
            "SlowDown"
            | "TooManyRequests"
            | "RequestLimitExceeded"
            | "Throttling"
            | "ThrottlingException"
            | "BandwidthLimitExceeded" => {
                (ErrorKind::RateLimited, format!("could not {verb} `{subject}`: {endpoint} asks to slow down"))
            }
            "RequestTimeout" => (ErrorKind::Timeout, format!("could not {verb} `{subject}`: it took too long")),
            "QuotaExceeded" | "InsufficientCapacity" | "XMinioStorageFull" | "InsufficientStorage" => {
                (ErrorKind::StorageFull, format!("could not {verb} `{subject}`: {endpoint} has no space left"))
            }
            "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => (
                ErrorKind::Unavailable,
                format!("`{subject}` was damaged on its way to {endpoint}, and was not stored"),
            ),
            "InvalidStorageClass" => (
                ErrorKind::InvalidOptions,
                format!("{endpoint} does not have the storage class of providerConfig.storageClass"),
            ),
            "InvalidBucketName" => {
                (ErrorKind::InvalidOptions, format!("{endpoint} does not take `{bucket}` as the name of a bucket"))
            }
            "NotImplemented" | "MethodNotAllowed" => (
                ErrorKind::Unsupported,
                format!("could not {verb} `{subject}`: {endpoint} does not support what was asked"),
            ),
            "InvalidRange" => (ErrorKind::InvalidInput, format!("`{subject}` ends before the range begins")),
            "KeyTooLongError" => (ErrorKind::InvalidInput, format!("the key `{subject}` is too long for the service")),
            _ => return None,
        })
    }

    fn by_status(&self, failure: &Failure<'_>) -> (ErrorKind, String) {
        let Self { bucket, endpoint, region } = self;
        let Action { verb, permission } = failure.action;
        let subject = failure.subject;
        match failure.status {
            301 | 307 => self.elsewhere(failure),
            400 if failure.region.is_some_and(|known| known != region) => self.elsewhere(failure),
            401 | 403 => (
                ErrorKind::PermissionDenied,
                format!(
                    "could not {verb} `{subject}`: {endpoint} refuses it; the policy must allow {permission} on the \
                         bucket `{bucket}`{}",
                    if failure.action == Action::UPLOAD {
                        ", and s3:PutObjectAcl if an ACL is sent; \"Block public access\" refuses public ACLs too"
                    } else {
                        ""
                    }
                ),
            ),
            404 if failure.action.is_about_the_bucket() => self.no_bucket(),
            404 => (ErrorKind::NotFound, format!("nothing is stored under `{subject}`")),
            412 if failure.action == Action::UPLOAD => {
                (ErrorKind::AlreadyExists, format!("something is already stored under `{subject}`"))
            }
            416 => (ErrorKind::InvalidInput, format!("`{subject}` ends before the range begins")),
            status => (kind_of_status(status), format!("could not {verb} `{subject}`: {endpoint} answered {status}")),
        }
    }

    fn no_bucket(&self) -> (ErrorKind, String) {
        let Self { bucket, endpoint, .. } = self;
        let message =
            format!("there is no bucket `{bucket}` at {endpoint}: create it, or correct s3Options.params.Bucket");
        (ErrorKind::InvalidOptions, message)
    }

    /// The bucket is in another region, which the answer names in one way or the other.
    fn elsewhere(&self, failure: &Failure<'_>) -> (ErrorKind, String) {
        let expected = failure.message.split_once("expecting '").and_then(|(_, rest)| rest.split('\'').next());
        let message = match failure.region.or(expected) {
            Some(region) => format!(
                "the bucket `{}` is in the region `{region}`, not in `{}`: set s3Options.region = \"{region}\"",
                self.bucket, self.region
            ),
            None => format!(
                "the bucket `{}` is not in the region `{}`, or not at {}: set s3Options.region and s3Options.endpoint",
                self.bucket, self.region, self.endpoint
            ),
        };
        (ErrorKind::InvalidOptions, message)
    }
}

/// What a status alone says.
pub(super) fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        401 | 403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        412 => ErrorKind::PreconditionFailed,
        413 => ErrorKind::TooLarge,
        429 | 503 => ErrorKind::RateLimited,
        501 => ErrorKind::Unsupported,
        507 => ErrorKind::StorageFull,
        400..=499 => ErrorKind::InvalidInput,
        500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::Internal,
    }
}
