//! The message for a response: the failure, and a remedy.

use longshore_provider::ErrorKind;

use super::{
    Action, BucketLocation, Failure,
    kind::{kind_of, kind_of_code},
};

impl BucketLocation {
    pub(super) fn explain(&self, failure: &Failure<'_>) -> (ErrorKind, String) {
        let Failure { action, code, .. } = *failure;
        if self.is_elsewhere(failure) {
            return (ErrorKind::InvalidOptions, self.elsewhere(failure));
        }
        let kind = match kind_of(code, failure.status) {
            ErrorKind::NotFound if action.is_about_the_bucket() => {
                return (ErrorKind::InvalidOptions, self.no_bucket());
            }
            // S3 responds with 404 to an upload only if the bucket is missing, and has a code for that.
            ErrorKind::NotFound if action == Action::UPLOAD => return self.no_service(failure),
            // S3 responds with 204 where there is nothing to delete. Services that respond with 404 have a code at least.
            ErrorKind::NotFound if action == Action::DELETE && code.is_empty() => return self.no_service(failure),
            ErrorKind::PreconditionFailed if action == Action::UPLOAD => ErrorKind::AlreadyExists,
            kind => kind,
        };
        (kind, self.by_code(failure).unwrap_or_else(|| self.by_kind(kind, failure)))
    }

    /// Where the code says more than the kind.
    fn by_code(&self, failure: &Failure<'_>) -> Option<String> {
        let Self { bucket, endpoint, region } = self;
        let Failure { action: Action { verb, .. }, subject, .. } = failure;
        Some(match failure.code {
            "NoSuchBucket" => self.no_bucket(),
            "AccessControlListNotSupported" => format!(
                "the bucket `{bucket}` has ACLs disabled: set s3Options.params.ACL = \"none\", and let a bucket policy \
                 say who may read"
            ),
            "InvalidAccessKeyId" => {
                format!("{endpoint} does not know the access key id: check s3Options.credentials.accessKeyId")
            }
            "SignatureDoesNotMatch" => format!(
                "{endpoint} does not accept the signature: check s3Options.credentials.secretAccessKey, and that \
                 s3Options.region (`{region}`) is the bucket's"
            ),
            "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "InvalidToken" => {
                "the session credentials have expired or are not valid: renew them".to_owned()
            }
            "RequestTimeTooSkewed" => format!("this machine's clock and that of {endpoint} differ: set the clock"),
            "ConditionalRequestConflict" | "OperationAborted" => {
                format!("could not {verb} `{subject}`: another request for it is under way at {endpoint}")
            }
            "NoSuchUpload" => {
                format!("could not {verb} `{subject}`: {endpoint} does not know the upload any more")
            }
            "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => {
                format!("`{subject}` was damaged on its way to {endpoint}, and was not stored")
            }
            "InvalidStorageClass" => {
                format!("{endpoint} does not have the storage class of providerConfig.storageClass")
            }
            "InvalidBucketName" => format!("{endpoint} does not take `{bucket}` as the name of a bucket"),
            "KeyTooLongError" => format!("the key `{subject}` is too long for the service"),
            "RequestTimeout" => format!("could not {verb} `{subject}`: it took too long"),
            _ => return None,
        })
    }

    fn by_kind(&self, kind: ErrorKind, failure: &Failure<'_>) -> String {
        let Self { bucket, endpoint, .. } = self;
        let Failure { action, subject, status, .. } = *failure;
        let Action { verb, permission } = action;
        match kind {
            ErrorKind::NotFound => format!("nothing is stored under `{subject}`"),
            ErrorKind::AlreadyExists => format!("something is already stored under `{subject}`"),
            ErrorKind::TooLarge => format!("`{subject}` is larger than the service stores"),
            ErrorKind::RateLimited => format!("could not {verb} `{subject}`: {endpoint} limits the rate of requests"),
            ErrorKind::StorageFull => format!("could not {verb} `{subject}`: {endpoint} has no space left"),
            ErrorKind::Unsupported => {
                format!("could not {verb} `{subject}`: {endpoint} does not support this request")
            }
            ErrorKind::InvalidInput if status == 416 => format!("`{subject}` ends before the range begins"),
            ErrorKind::PermissionDenied => format!(
                "could not {verb} `{subject}`: {endpoint} refuses it; the policy must allow {permission} on the bucket \
                 `{bucket}`{}",
                if action == Action::UPLOAD {
                    ", and s3:PutObjectAcl if an ACL is sent; \"Block public access\" refuses public ACLs too"
                } else {
                    ""
                }
            ),
            _ => format!("could not {verb} `{subject}`: {endpoint} responded with {status}"),
        }
    }

    fn no_bucket(&self) -> String {
        let Self { bucket, endpoint, .. } = self;
        format!("there is no bucket `{bucket}` at {endpoint}: create it, or correct s3Options.params.Bucket")
    }

    /// A response that no S3 service gives to this request.
    fn no_service(&self, failure: &Failure<'_>) -> (ErrorKind, String) {
        let Failure { action: Action { verb, .. }, subject, status, .. } = failure;
        let message = format!(
            "could not {verb} `{subject}`: {} responded with {status}, which no S3 service does: check s3Options.endpoint and \
             s3Options.params.Bucket",
            self.endpoint
        );
        (ErrorKind::InvalidOptions, message)
    }

    /// Whether the bucket is in another region.
    fn is_elsewhere(&self, failure: &Failure<'_>) -> bool {
        match failure.code {
            "PermanentRedirect"
            | "TemporaryRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException" => true,
            code if kind_of_code(code).is_some() => false,
            _ => match failure.status {
                301 | 307 => true,
                400 => failure.region.is_some_and(|known| known != self.region),
                _ => false,
            },
        }
    }

    /// The response names the region in one way or the other.
    fn elsewhere(&self, failure: &Failure<'_>) -> String {
        let expected = failure.message.split_once("expecting '").and_then(|(_, rest)| rest.split('\'').next());
        match failure.region.or(expected) {
            Some(region) => format!(
                "the bucket `{}` is in the region `{region}`, not in `{}`: set s3Options.region = \"{region}\"",
                self.bucket, self.region
            ),
            None => format!(
                "the bucket `{}` is not in the region `{}`, or not at {}: set s3Options.region and s3Options.endpoint",
                self.bucket, self.region, self.endpoint
            ),
        }
    }
}
