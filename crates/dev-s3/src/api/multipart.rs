//! The operations of multipart uploads.

use std::collections::BTreeMap;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, Initiator, ListPartsInput, ListPartsOutput, Part, StorageClass, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::put::{condition, headers_of};
use super::receive::{Claims, receive};
use super::{Answer, Api};
use crate::acl::{Acl, owner};
use crate::checksum::{Algorithm, Value, declared, echo};
use crate::hex;
use crate::object::{now_millis, timestamp};
use crate::store::{Completed, Expected, Part as StoredPart, Upload};

const LARGEST_PART: i64 = 5 << 30;
const PART_NUMBERS: std::ops::RangeInclusive<i32> = 1..=10_000;

pub(super) fn create(api: &Api, input: CreateMultipartUploadInput) -> Answer<CreateMultipartUploadOutput> {
    let owner_enforced = api.store.bucket(&input.bucket, |bucket| bucket.owner_enforced)?;
    let grants = input.grant_full_control.is_some()
        || input.grant_read.is_some()
        || input.grant_read_acp.is_some()
        || input.grant_write_acp.is_some();
    let acl = Acl::requested(input.acl.as_ref(), grants, owner_enforced)?.unwrap_or_default();
    let algorithm = input.checksum_algorithm.as_ref().map(|name| Algorithm::named(name.as_str())).transpose()?;
    let composite = is_composite(algorithm, input.checksum_type.as_ref())?;
    let upload = Upload {
        initiated: now_millis(),
        acl,
        headers: headers_of!(input),
        tagging: input.tagging.clone(),
        algorithm,
        composite,
        parts: BTreeMap::new(),
    };
    let id = api.store.create_upload(&input.bucket, &input.key, upload)?;
    let output = CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: algorithm.map(|_| checksum_type(composite)),
        server_side_encryption: input.server_side_encryption,
        ssekms_key_id: input.ssekms_key_id,
        ..CreateMultipartUploadOutput::default()
    };
    Ok(S3Response::new(output))
}

/// Whether the object gets a composite checksum. The SHA algorithms allow no other kind, and CRC64NVME does not allow
/// it.
fn is_composite(algorithm: Option<Algorithm>, requested: Option<&ChecksumType>) -> S3Result<bool> {
    let composite = match requested.map(ChecksumType::as_str) {
        None => algorithm.is_some_and(|algorithm| algorithm != Algorithm::Crc64Nvme),
        Some(requested) => requested == ChecksumType::COMPOSITE,
    };
    let possible = match algorithm {
        None => requested.is_none(),
        Some(Algorithm::Crc64Nvme) => !composite,
        Some(algorithm) => composite || algorithm.is_linear(),
    };
    if !possible {
        return Err(s3_error!(InvalidRequest, "The checksum type cannot be used with the checksum algorithm."));
    }
    Ok(composite)
}

fn checksum_type(composite: bool) -> ChecksumType {
    ChecksumType::from_static(if composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT })
}

pub(super) async fn upload_part(api: &Api, request: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
    let S3Request { input, headers, trailing_headers, .. } = request;
    let upload = api.store.upload(&input.bucket, &input.key, &input.upload_id)?;
    if !PART_NUMBERS.contains(&input.part_number) {
        return Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"));
    }
    if input.content_length.is_some_and(|length| length > LARGEST_PART) {
        return Err(s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size"));
    }
    let claims =
        Claims::new(input.content_length, input.content_md5.as_deref(), &declared!(input), &headers, trailing_headers)?;
    if let (Some(expected), Some(actual)) = (upload.algorithm, claims.algorithm())
        && expected != actual
    {
        return Err(s3_error!(
            InvalidRequest,
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            expected.name().to_lowercase(),
            actual.name().to_lowercase()
        ));
    }
    let received = receive(&api.store, input.body, claims, upload.algorithm()).await?;
    let tag = upload.headers.tag(received.md5);
    let mut output = UploadPartOutput { e_tag: Some(ETag::Strong(hex(&tag))), ..UploadPartOutput::default() };
    echo!(output, Some((received.checksum.algorithm, received.checksum.text())));
    let part = StoredPart { segment: received.segment, tag, checksum: received.checksum, modified: now_millis() };
    api.store.put_part(&input.bucket, &input.key, &input.upload_id, input.part_number, part)?;
    Ok(S3Response::new(output))
}

pub(super) fn complete(
    api: &Api,
    request: S3Request<CompleteMultipartUploadInput>,
) -> Answer<CompleteMultipartUploadOutput> {
    let S3Request { input, headers, .. } = request;
    let condition = condition(input.if_match.clone(), input.if_none_match.clone())?;
    let parts = input.multipart_upload.as_ref().and_then(|upload| upload.parts.as_deref()).unwrap_or_default();
    let parts = parts.iter().map(completed).collect::<S3Result<Vec<_>>>()?;
    let declared = declared!(input);
    let expected = Expected {
        size: input.mpu_object_size.and_then(|size| u64::try_from(size).ok()),
        checksum: declared.first(),
        condition: &condition,
    };
    let finished = api.store.complete_upload(&input.bucket, &input.key, &input.upload_id, &parts, &expected)?;
    let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let mut output = CompleteMultipartUploadOutput {
        location: Some(format!("http://{host}/{}/{}", input.bucket, input.key)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(ETag::Strong(finished.etag)),
        checksum_type: finished.checksum.as_ref().map(|stored| checksum_type(stored.composite)),
        ..CompleteMultipartUploadOutput::default()
    };
    echo!(output, finished.checksum.map(|stored| (stored.algorithm, stored.text)));
    Ok(S3Response::new(output))
}

fn completed(part: &CompletedPart) -> S3Result<Completed> {
    let malformed = || s3_error!(MalformedXML, "Each part needs a PartNumber and an ETag");
    let checksum = declared!(part).first().map(|(algorithm, text)| Value::parse(*algorithm, text));
    Ok(Completed {
        number: part.part_number.ok_or_else(malformed)?,
        etag: part.e_tag.as_ref().ok_or_else(malformed)?.value().to_owned(),
        checksum: checksum.transpose()?,
    })
}

pub(super) fn abort(api: &Api, input: &AbortMultipartUploadInput) -> Answer<AbortMultipartUploadOutput> {
    api.store.abort_upload(&input.bucket, &input.key, &input.upload_id)?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

pub(super) fn list_parts(api: &Api, input: &ListPartsInput) -> Answer<ListPartsOutput> {
    let upload = api.store.upload(&input.bucket, &input.key, &input.upload_id)?;
    let marker = input.part_number_marker.unwrap_or(0);
    let most = input.max_parts.unwrap_or(1000).clamp(0, 1000);
    let mut rest = upload.parts.range(marker.saturating_add(1)..);
    let parts: Vec<Part> = rest.by_ref().take(usize::try_from(most).unwrap_or(0)).map(describe).collect();
    let is_truncated = rest.next().is_some();
    let output = ListPartsOutput {
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        upload_id: Some(input.upload_id.clone()),
        checksum_algorithm: upload.algorithm.map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name())),
        checksum_type: upload.algorithm.map(|_| checksum_type(upload.composite)),
        is_truncated: Some(is_truncated),
        max_parts: Some(most),
        next_part_number_marker: parts.last().and_then(|part| part.part_number),
        part_number_marker: Some(marker),
        parts: Some(parts),
        owner: Some(owner()),
        initiator: Some(Initiator { display_name: None, id: owner().id }),
        storage_class: Some(StorageClass::from(
            upload.headers.storage_class.unwrap_or_else(|| StorageClass::STANDARD.to_owned()),
        )),
        ..ListPartsOutput::default()
    };
    Ok(S3Response::new(output))
}

fn describe((number, part): (&i32, &StoredPart)) -> Part {
    let mut described = Part {
        part_number: Some(*number),
        e_tag: Some(ETag::Strong(hex(&part.tag))),
        size: i64::try_from(part.segment.size()).ok(),
        last_modified: Some(timestamp(part.modified)),
        ..Part::default()
    };
    echo!(described, Some((part.checksum.algorithm, part.checksum.text())));
    described
}
