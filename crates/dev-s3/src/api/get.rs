//! `GetObject` and `HeadObject`.

use std::ops;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3s::dto::{
    ChecksumMode, ChecksumType, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
    IfMatch, IfModifiedSince, IfNoneMatch, IfUnmodifiedSince, Range, ServerSideEncryption, StorageClass, Timestamp,
    TimestampFormat,
};
use s3s::{S3Error, S3Response, S3Result, s3_error};

use super::{Answer, Api};
use crate::checksum::echo;
use crate::object::{Info, Object};
use crate::store::precondition_failed;

/// The fields that both outputs have.
macro_rules! describe {
    ($output:ident, $info:expr, $span:expr) => {{
        let headers = &$info.headers;
        $output {
            accept_ranges: Some("bytes".to_owned()),
            bucket_key_enabled: headers.bucket_key,
            cache_control: headers.cache_control.clone(),
            content_disposition: headers.content_disposition.clone(),
            content_encoding: headers.content_encoding.clone(),
            content_language: headers.content_language.clone(),
            content_length: $span.length(),
            content_range: $span.content_range(),
            content_type: Some(headers.content_type.clone().unwrap_or_else(|| "binary/octet-stream".to_owned())),
            e_tag: Some($info.etag()),
            expires: headers.expires.clone(),
            last_modified: Some($info.modified()),
            metadata: Some(headers.metadata.clone().into_iter().collect()),
            parts_count: $span.parts,
            server_side_encryption: headers.encryption.clone().map(ServerSideEncryption::from),
            ssekms_key_id: headers.encryption_key_id.clone(),
            // S3 does not name the default storage class.
            storage_class: headers.storage_class.clone().filter(|class| class != "STANDARD").map(StorageClass::from),
            website_redirect_location: headers.redirect.clone(),
            ..$output::default()
        }
    }};
}

pub(super) fn get(api: &Api, input: &GetObjectInput) -> Answer<GetObjectOutput> {
    let object = api.store.object(&input.bucket, &input.key)?;
    let conditions = Conditions {
        matches: input.if_match.as_ref(),
        none_match: input.if_none_match.as_ref(),
        modified_since: input.if_modified_since.as_ref(),
        unmodified_since: input.if_unmodified_since.as_ref(),
    };
    if !conditions.check(&object.info)? {
        let output = GetObjectOutput {
            e_tag: Some(object.info.etag()),
            last_modified: Some(object.info.modified()),
            cache_control: object.info.headers.cache_control.clone(),
            expires: object.info.headers.expires.clone(),
            ..GetObjectOutput::default()
        };
        return Ok(with_status(S3Response::new(output), StatusCode::NOT_MODIFIED));
    }
    let span = Span::of(&object, input.range, input.part_number)?;
    let mut output = GetObjectOutput {
        body: Some(object.content.body(span.range.clone()).into()),
        tag_count: tag_count(&object.info),
        ..describe!(GetObjectOutput, object.info, span)
    };
    if wants_checksum(input.checksum_mode.as_ref()) && !span.partial {
        output.checksum_type = checksum_type(&object.info);
        echo!(output, checksum(&object.info));
    }
    Ok(S3Response::new(output))
}

pub(super) fn head(api: &Api, input: &HeadObjectInput) -> Answer<HeadObjectOutput> {
    let object = api.store.object(&input.bucket, &input.key)?;
    let conditions = Conditions {
        matches: input.if_match.as_ref(),
        none_match: input.if_none_match.as_ref(),
        modified_since: input.if_modified_since.as_ref(),
        unmodified_since: input.if_unmodified_since.as_ref(),
    };
    if !conditions.check(&object.info)? {
        let output = HeadObjectOutput {
            e_tag: Some(object.info.etag()),
            last_modified: Some(object.info.modified()),
            ..HeadObjectOutput::default()
        };
        return Ok(with_status(S3Response::new(output), StatusCode::NOT_MODIFIED));
    }
    let span = Span::of(&object, input.range, input.part_number)?;
    let mut output = describe!(HeadObjectOutput, object.info, span);
    if wants_checksum(input.checksum_mode.as_ref()) && !span.partial {
        output.checksum_type = checksum_type(&object.info);
        echo!(output, checksum(&object.info));
    }
    let status = if span.partial { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    Ok(with_status(S3Response::with_headers(output, overrides(input)?), status))
}

/// s3s cannot set the status of this response. The status is passed as an extension, and `Exchange` applies it.
fn with_status<T>(mut response: S3Response<T>, status: StatusCode) -> S3Response<T> {
    response.extensions.insert(status);
    response
}

/// The preconditions of a request (RFC 9110, 13.2.2).
struct Conditions<'a> {
    matches: Option<&'a IfMatch>,
    none_match: Option<&'a IfNoneMatch>,
    modified_since: Option<&'a IfModifiedSince>,
    unmodified_since: Option<&'a IfUnmodifiedSince>,
}

impl Conditions<'_> {
    /// Whether to send the object. False results in 304.
    fn check(&self, info: &Info) -> S3Result<bool> {
        let matches = |condition: &ETagCondition| match condition {
            ETagCondition::Any => true,
            ETagCondition::ETag(etag) => etag.value() == info.etag,
        };
        // The times in headers are whole seconds.
        let modified = info.modified / 1000;
        match (self.matches, self.unmodified_since) {
            (Some(condition), _) if !matches(condition) => return Err(precondition_failed("If-Match")),
            (None, Some(since)) if modified > seconds(since) => return Err(precondition_failed("If-Unmodified-Since")),
            _ => {}
        }
        Ok(match (self.none_match, self.modified_since) {
            (Some(condition), _) => !matches(condition),
            (None, Some(since)) => modified > seconds(since),
            (None, None) => true,
        })
    }
}

fn seconds(timestamp: &Timestamp) -> u64 {
    let time = time::OffsetDateTime::from(timestamp.clone());
    u64::try_from(time.unix_timestamp()).unwrap_or(0)
}

/// The bytes that a request asks for.
struct Span {
    range: ops::Range<u64>,
    size: u64,
    partial: bool,
    /// The number of parts of the object, if the request asks for one part.
    parts: Option<i32>,
}

impl Span {
    fn of(object: &Object, range: Option<Range>, part: Option<i32>) -> S3Result<Self> {
        let size = object.info.size;
        match (range, part) {
            (None, None) => Ok(Self { range: 0..size, size, partial: false, parts: None }),
            (Some(_), Some(_)) => {
                Err(s3_error!(InvalidRequest, "Cannot specify both Range header and partNumber query parameter"))
            }
            (Some(range), None) => {
                let range = range.check(size).map_err(|_| unsatisfiable(size))?;
                Ok(Self { range, size, partial: true, parts: None })
            }
            (None, Some(part)) => {
                let found = usize::try_from(part).ok().and_then(|part| object.content.part(part));
                let range =
                    found.ok_or_else(|| s3_error!(InvalidRange, "The requested partnumber is not satisfiable"))?;
                let parts = object.info.etag.contains('-').then(|| object.content.segments().len());
                let parts = parts.and_then(|parts| i32::try_from(parts).ok());
                Ok(Self { range, size, partial: true, parts })
            }
        }
    }

    fn length(&self) -> Option<i64> {
        i64::try_from(self.range.end - self.range.start).ok()
    }

    fn content_range(&self) -> Option<String> {
        let last = self.range.end.checked_sub(1)?;
        self.partial.then(|| format!("bytes {}-{last}/{}", self.range.start, self.size))
    }
}

fn unsatisfiable(size: u64) -> S3Error {
    let mut error = s3_error!(InvalidRange, "The requested range is not satisfiable");
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    if let Ok(value) = HeaderValue::try_from(format!("bytes */{size}")) {
        headers.insert(http::header::CONTENT_RANGE, value);
    }
    error.set_headers(headers);
    error
}

fn wants_checksum(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

fn checksum(info: &Info) -> Option<(crate::checksum::Algorithm, String)> {
    info.checksum.as_ref().map(|stored| (stored.algorithm, stored.text.clone()))
}

fn checksum_type(info: &Info) -> Option<ChecksumType> {
    info.checksum.as_ref().map(|stored| ChecksumType::from_static(stored.type_name()))
}

fn tag_count(info: &Info) -> Option<i32> {
    let tags = info.tagging.as_deref().filter(|tags| !tags.is_empty())?;
    i32::try_from(tags.split('&').count()).ok()
}

/// s3s applies the `response-*` parameters to `GetObject` alone.
fn overrides(input: &HeadObjectInput) -> S3Result<HeaderMap> {
    let expires = input.response_expires.as_ref().map(|expires| {
        let mut text = Vec::new();
        expires.format(TimestampFormat::HttpDate, &mut text).map(|()| String::from_utf8_lossy(&text).into_owned())
    });
    let expires = expires.transpose().map_err(S3Error::internal_error)?;
    let wanted = [
        (http::header::CONTENT_TYPE, &input.response_content_type),
        (http::header::CONTENT_LANGUAGE, &input.response_content_language),
        (http::header::CACHE_CONTROL, &input.response_cache_control),
        (http::header::CONTENT_DISPOSITION, &input.response_content_disposition),
        (http::header::CONTENT_ENCODING, &input.response_content_encoding),
        (http::header::EXPIRES, &expires),
    ];
    let set = wanted.into_iter().filter_map(|(name, text)| text.as_ref().map(|text| header(name, text)));
    set.collect()
}

fn header(name: HeaderName, text: &str) -> S3Result<(HeaderName, HeaderValue)> {
    match HeaderValue::from_str(text) {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(s3_error!(InvalidArgument, "A response header cannot have this value")),
    }
}
