//! The operation of the S3 API that a request asks for, determined before the request is handled.

use std::fmt;

use http::{HeaderMap, Method};

use crate::target::{Query, Target};

/// An operation of the S3 API that the server supports.
///
/// The names are those of the [API reference](https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html).
#[expect(missing_docs, reason = "the API reference documents them by these names")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    AbortMultipartUpload,
    CompleteMultipartUpload,
    CopyObject,
    CreateBucket,
    CreateMultipartUpload,
    DeleteBucket,
    DeleteObject,
    DeleteObjectTagging,
    DeleteObjects,
    GetBucketAcl,
    GetBucketLocation,
    GetBucketOwnershipControls,
    GetObject,
    GetObjectAcl,
    GetObjectTagging,
    HeadBucket,
    HeadObject,
    ListBuckets,
    ListMultipartUploads,
    ListObjects,
    ListObjectsV2,
    ListParts,
    PutBucketOwnershipControls,
    PutObject,
    PutObjectAcl,
    PutObjectTagging,
    UploadPart,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Query parameters that select operations that the server does not support.
const UNSUPPORTED: &[&str] = &[
    "accelerate",
    "analytics",
    "attributes",
    "cors",
    "encryption",
    "inventory",
    "legal-hold",
    "lifecycle",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "torrent",
    "versioning",
    "versions",
    "website",
];

impl Operation {
    /// `None` for an operation that the server does not support (the response is `NotImplemented` or
    /// `MethodNotAllowed`).
    pub(crate) fn of(method: &Method, target: &Target, query: &Query, headers: &HeaderMap) -> Option<Self> {
        if UNSUPPORTED.iter().any(|name| query.has(name)) {
            return None;
        }
        match (target.bucket.is_some(), target.key.is_some()) {
            (false, _) => (*method == Method::GET).then_some(Self::ListBuckets),
            (true, false) => Self::of_bucket(method, query),
            (true, true) => Self::of_object(method, query, headers),
        }
    }

    fn of_bucket(method: &Method, query: &Query) -> Option<Self> {
        let operation = match *method {
            Method::GET if query.has("uploads") => Self::ListMultipartUploads,
            Method::GET if query.has("location") => Self::GetBucketLocation,
            Method::GET if query.has("ownershipControls") => Self::GetBucketOwnershipControls,
            Method::GET if query.has("acl") => Self::GetBucketAcl,
            Method::GET if query.has("tagging") => return None,
            Method::GET if query.get("list-type") == Some("2") => Self::ListObjectsV2,
            Method::GET => Self::ListObjects,
            Method::HEAD => Self::HeadBucket,
            Method::PUT if query.has("ownershipControls") => Self::PutBucketOwnershipControls,
            Method::PUT if query.has("acl") || query.has("tagging") => return None,
            Method::PUT => Self::CreateBucket,
            Method::DELETE if query.has("ownershipControls") || query.has("tagging") => return None,
            Method::DELETE => Self::DeleteBucket,
            Method::POST if query.has("delete") => Self::DeleteObjects,
            _ => return None,
        };
        Some(operation)
    }

    fn of_object(method: &Method, query: &Query, headers: &HeaderMap) -> Option<Self> {
        let copies = headers.contains_key("x-amz-copy-source");
        let operation = match *method {
            Method::GET if query.has("uploadId") => Self::ListParts,
            Method::GET if query.has("acl") => Self::GetObjectAcl,
            Method::GET if query.has("tagging") => Self::GetObjectTagging,
            Method::GET => Self::GetObject,
            Method::HEAD => Self::HeadObject,
            Method::PUT if query.has("uploadId") => return (!copies).then_some(Self::UploadPart),
            Method::PUT if query.has("acl") => Self::PutObjectAcl,
            Method::PUT if query.has("tagging") => Self::PutObjectTagging,
            Method::PUT if copies => Self::CopyObject,
            Method::PUT => Self::PutObject,
            Method::DELETE if query.has("uploadId") => Self::AbortMultipartUpload,
            Method::DELETE if query.has("tagging") => Self::DeleteObjectTagging,
            Method::DELETE => Self::DeleteObject,
            Method::POST if query.has("uploads") => Self::CreateMultipartUpload,
            Method::POST if query.has("uploadId") => Self::CompleteMultipartUpload,
            _ => return None,
        };
        Some(operation)
    }
}
