//! `PutObject`.

use s3s::dto::{ChecksumType, IfMatch, IfNoneMatch, PutObjectInput, PutObjectOutput};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::receive::{Claims, receive};
use super::{Answer, Api};
use crate::acl::Acl;
use crate::checksum::{Algorithm, Stored, declared, echo};
use crate::hex;
use crate::object::{Info, now_millis};
use crate::store::Condition;

/// The largest body of one request in S3, in bytes.
const LARGEST: i64 = 5 << 30;

/// The headers that the client sends with the content and reads back, from any input of s3s that has these fields.
macro_rules! headers_of {
    ($input:expr) => {
        $crate::object::Headers {
            cache_control: $input.cache_control.clone(),
            content_disposition: $input.content_disposition.clone(),
            content_encoding: $crate::api::put::stored_encoding($input.content_encoding.as_deref()),
            content_language: $input.content_language.clone(),
            content_type: $input.content_type.clone(),
            expires: $input.expires.clone(),
            metadata: $input.metadata.clone().unwrap_or_default().into_iter().collect(),
            storage_class: $input.storage_class.as_ref().map(|class| class.as_str().to_owned()),
            encryption: $input.server_side_encryption.as_ref().map(|name| name.as_str().to_owned()),
            encryption_key_id: $input.ssekms_key_id.clone(),
            bucket_key: $input.bucket_key_enabled,
            redirect: $input.website_redirect_location.clone(),
        }
    };
}
pub(super) use headers_of;

pub(super) async fn put(api: &Api, request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
    let S3Request { input, headers, trailing_headers, .. } = request;
    let owner_enforced = api.store.bucket(&input.bucket, |bucket| bucket.owner_enforced)?;
    let grants = input.grant_full_control.is_some()
        || input.grant_read.is_some()
        || input.grant_read_acp.is_some()
        || input.grant_write_acp.is_some();
    let acl = Acl::requested(input.acl.as_ref(), grants, owner_enforced)?.unwrap_or_default();
    let condition = condition(input.if_match.clone(), input.if_none_match.clone())?;
    if input.content_length.is_some_and(|length| length > LARGEST) {
        return Err(s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size"));
    }
    let claims =
        Claims::new(input.content_length, input.content_md5.as_deref(), &declared!(input), &headers, trailing_headers)?;
    let otherwise = input.checksum_algorithm.as_ref().map(|name| Algorithm::named(name.as_str())).transpose()?;
    let kept = headers_of!(input);
    let received = receive(&api.store, input.body, claims, otherwise.unwrap_or(Algorithm::Crc64Nvme)).await?;
    let checksum = Stored::of(&received.checksum);
    let info = Info {
        key: input.key,
        size: received.segment.size(),
        etag: hex(&kept.tag(received.md5)),
        modified: now_millis(),
        acl,
        headers: kept,
        tagging: input.tagging,
        checksum: Some(checksum.clone()),
    };
    let mut output = PutObjectOutput {
        e_tag: Some(info.etag()),
        checksum_type: Some(ChecksumType::from_static(checksum.type_name())),
        server_side_encryption: input.server_side_encryption,
        ssekms_key_id: input.ssekms_key_id,
        ..PutObjectOutput::default()
    };
    echo!(output, Some((checksum.algorithm, checksum.text)));
    api.store.put(&input.bucket, info, &[received.segment], &condition)?;
    Ok(S3Response::new(output))
}

/// The conditions that S3 knows for writing: `If-None-Match: *` and `If-Match` with an `ETag`.
pub(super) fn condition(if_match: Option<IfMatch>, if_none_match: Option<IfNoneMatch>) -> S3Result<Condition> {
    if if_none_match.as_ref().is_some_and(|condition| !condition.is_any()) {
        return Err(s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented: If-None-Match takes * only"
        ));
    }
    Ok(Condition { if_match, if_none_match })
}

/// Removes `aws-chunked`, which is the encoding of the request and not of the object.
pub(super) fn stored_encoding(header: Option<&str>) -> Option<String> {
    let kept: Vec<&str> = header?.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked").collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_chunked_is_not_stored() {
        assert_eq!(stored_encoding(Some("aws-chunked")), None);
        assert_eq!(stored_encoding(Some("aws-chunked, gzip")), Some("gzip".to_owned()));
        assert_eq!(stored_encoding(Some("gzip")), Some("gzip".to_owned()));
        assert_eq!(stored_encoding(None), None);
    }
}
