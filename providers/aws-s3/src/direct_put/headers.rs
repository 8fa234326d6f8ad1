//! The headers of an upload.

use aws_sdk_s3::{
    primitives::DateTimeFormat,
    types::{ChecksumAlgorithm, ObjectCannedAcl, RequestPayer, ServerSideEncryption, StorageClass},
};

use super::signature::SignedHeaders;
use crate::put_headers::PutHeaders;

/// As the SDK writes them.
pub(super) fn headers_of(upload: &PutHeaders) -> Option<SignedHeaders> {
    // By name, so that a field that is new cannot be forgotten.
    let PutHeaders {
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
    } = upload;
    let mut headers = SignedHeaders::default();
    headers.add_some("x-amz-acl", acl.as_ref().map(ObjectCannedAcl::as_str));
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
    headers.add_some("x-amz-storage-class", storage_class.as_ref().map(StorageClass::as_str));
    headers.add_some("x-amz-tagging", tagging.as_deref());
    headers.add_some("x-amz-server-side-encryption", encryption.as_ref().map(ServerSideEncryption::as_str));
    headers.add_some("x-amz-server-side-encryption-aws-kms-key-id", kms_key_id.as_deref());
    headers.add_some("x-amz-sdk-checksum-algorithm", checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str));
    headers.add_some("if-none-match", if_none_match.as_deref());
    headers.add_some("x-amz-request-payer", request_payer.as_ref().map(RequestPayer::as_str));
    headers.add_some("x-amz-expected-bucket-owner", expected_bucket_owner.as_deref());
    Some(headers)
}
