//! The error kind of a response. One table decides for the errors that callers get and for the requests that are
//! retried.

use longshore_provider::ErrorKind;

/// The kind of a response with this code (empty if it has none) and status.
pub(super) fn kind_of(code: &str, status: u16) -> ErrorKind {
    kind_of_code(code).unwrap_or_else(|| kind_of_status(status))
}

/// The codes: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
pub(super) fn kind_of_code(code: &str) -> Option<ErrorKind> {
    Some(match code {
        "NoSuchKey" | "NoSuchVersion" | "NotFound" => ErrorKind::NotFound,
        "NoSuchBucket"
        | "AccessControlListNotSupported"
        | "PermanentRedirect"
        | "TemporaryRedirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException"
        | "InvalidStorageClass"
        | "InvalidBucketName" => ErrorKind::InvalidOptions,
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "TokenRefreshRequired"
        | "InvalidToken"
        | "RequestTimeTooSkewed" => ErrorKind::Unauthenticated,
        "PreconditionFailed" => ErrorKind::PreconditionFailed,
        "EntityTooLarge" => ErrorKind::TooLarge,
        // A conflict passes as soon as the other write has ended. Like a service that is busy, it has done nothing.
        "SlowDown"
        | "TooManyRequests"
        | "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException"
        | "BandwidthLimitExceeded"
        | CONFLICT
        | "OperationAborted" => ErrorKind::RateLimited,
        "RequestTimeout" => ErrorKind::Timeout,
        "QuotaExceeded" | "InsufficientCapacity" | "XMinioStorageFull" | "InsufficientStorage" => {
            ErrorKind::StorageFull
        }
        // The bytes were damaged on their way, or another client ended the upload: all of it has to be sent again.
        "BadDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" | "NoSuchUpload" => {
            ErrorKind::Unavailable
        }
        "NotImplemented" | "MethodNotAllowed" => ErrorKind::Unsupported,
        "InvalidRange" | "KeyTooLongError" | "InvalidDigest" => ErrorKind::InvalidInput,
        _ => return None,
    })
}

/// Another conditional write of the same key is under way.
pub(super) const CONFLICT: &str = "ConditionalRequestConflict";

/// The kind of a response without a known code.
pub(super) fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        301 | 307 => ErrorKind::InvalidOptions,
        401 | 403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        412 => ErrorKind::PreconditionFailed,
        413 => ErrorKind::TooLarge,
        429 | 503 => ErrorKind::RateLimited,
        405 | 501 => ErrorKind::Unsupported,
        507 => ErrorKind::StorageFull,
        400..=499 => ErrorKind::InvalidInput,
        500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::Internal,
    }
}
