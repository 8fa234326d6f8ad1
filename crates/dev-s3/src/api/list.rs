//! Listings: objects (both versions) and open multipart uploads, by prefix, delimiter and page.

use std::ops::Bound;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as TOKEN;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{
    ChecksumAlgorithm, CommonPrefix, EncodingType, Initiator, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, MultipartUpload, Object,
    ObjectStorageClass, StorageClass,
};
use s3s::{S3Response, S3Result, s3_error};

use super::{Answer, Api};
use crate::acl::owner;
use crate::object::{Object as Kept, timestamp};

/// The largest number of entries of a page.
const MOST: i32 = 1000;
/// The characters that `encoding-type=url` encodes.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');

pub(super) fn objects_v2(api: &Api, input: ListObjectsV2Input) -> Answer<ListObjectsV2Output> {
    let after = match &input.continuation_token {
        Some(token) => Some(read_token(token)?),
        None => input.start_after.clone(),
    };
    let page = Page::of(input.prefix.as_deref(), input.delimiter.as_deref(), after, input.max_keys)?;
    let with_owner = input.fetch_owner.unwrap_or(false);
    let encode = Encode::new(input.encoding_type.as_ref());
    let listing = api.store.bucket(&input.bucket, |bucket| {
        let objects = bucket.objects.range(page.start()).map(|(key, object)| (key.as_str(), object));
        page.list(objects, |object| entry(object, with_owner, &encode))
    })?;
    let output = ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(encode.text(input.prefix.unwrap_or_default())),
        delimiter: input.delimiter.map(|delimiter| encode.text(delimiter)),
        max_keys: Some(page.most),
        key_count: i32::try_from(listing.entries.len() + listing.prefixes.len()).ok(),
        continuation_token: input.continuation_token,
        start_after: input.start_after.map(|start| encode.text(start)),
        is_truncated: Some(listing.next.is_some()),
        next_continuation_token: listing.next.map(|last| TOKEN.encode(last)),
        common_prefixes: Some(encode.prefixes(listing.prefixes)),
        contents: Some(listing.entries),
        encoding_type: input.encoding_type,
        ..ListObjectsV2Output::default()
    };
    Ok(S3Response::new(output))
}

pub(super) fn objects(api: &Api, input: ListObjectsInput) -> Answer<ListObjectsOutput> {
    let page = Page::of(input.prefix.as_deref(), input.delimiter.as_deref(), input.marker.clone(), input.max_keys)?;
    let encode = Encode::new(input.encoding_type.as_ref());
    let listing = api.store.bucket(&input.bucket, |bucket| {
        let objects = bucket.objects.range(page.start()).map(|(key, object)| (key.as_str(), object));
        page.list(objects, |object| entry(object, true, &encode))
    })?;
    let output = ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(encode.text(input.prefix.unwrap_or_default())),
        delimiter: input.delimiter.map(|delimiter| encode.text(delimiter)),
        marker: Some(encode.text(input.marker.unwrap_or_default())),
        max_keys: Some(page.most),
        is_truncated: Some(listing.next.is_some()),
        next_marker: listing.next.map(|last| encode.text(last)),
        common_prefixes: Some(encode.prefixes(listing.prefixes)),
        contents: Some(listing.entries),
        encoding_type: input.encoding_type,
        ..ListObjectsOutput::default()
    };
    Ok(S3Response::new(output))
}

pub(super) fn uploads(api: &Api, input: ListMultipartUploadsInput) -> Answer<ListMultipartUploadsOutput> {
    let page =
        Page::of(input.prefix.as_deref(), input.delimiter.as_deref(), input.key_marker.clone(), input.max_uploads)?;
    let encode = Encode::new(input.encoding_type.as_ref());
    // Uploads of the marker's own key come after the marker if they are younger than the marked upload.
    let start = match (&input.key_marker, &input.upload_id_marker) {
        (Some(key), Some(id)) if !id.is_empty() => Bound::Excluded((key.clone(), id.clone())),
        (Some(key), _) if !key.is_empty() => Bound::Excluded((key.clone(), char::MAX.to_string())),
        _ => Bound::Unbounded,
    };
    let listing = api.store.bucket(&input.bucket, |bucket| {
        let uploads =
            bucket.uploads.range((start, Bound::Unbounded)).map(|(name, upload)| (name.0.as_str(), (name, upload)));
        page.list(uploads, |((key, id), upload)| MultipartUpload {
            key: Some(encode.text(key.clone())),
            upload_id: Some(id.clone()),
            initiated: Some(timestamp(upload.initiated)),
            owner: Some(owner()),
            initiator: Some(Initiator { display_name: None, id: owner().id }),
            checksum_algorithm: upload.algorithm.map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name())),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            ..MultipartUpload::default()
        })
    })?;
    let last_id = listing.entries.last().and_then(|upload| upload.upload_id.clone());
    let output = ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        prefix: Some(encode.text(input.prefix.unwrap_or_default())),
        delimiter: input.delimiter.map(|delimiter| encode.text(delimiter)),
        key_marker: Some(encode.text(input.key_marker.unwrap_or_default())),
        upload_id_marker: Some(input.upload_id_marker.unwrap_or_default()),
        max_uploads: Some(page.most),
        is_truncated: Some(listing.next.is_some()),
        next_upload_id_marker: listing.next.as_ref().and(last_id),
        next_key_marker: listing.next.map(|last| encode.text(last)),
        common_prefixes: Some(encode.prefixes(listing.prefixes)),
        uploads: Some(listing.entries),
        encoding_type: input.encoding_type,
        ..ListMultipartUploadsOutput::default()
    };
    Ok(S3Response::new(output))
}

/// The content of one page of a listing.
struct Page {
    prefix: String,
    delimiter: Option<String>,
    /// The last key, or common prefix, of the page before.
    after: Option<String>,
    most: i32,
}

struct Listing<T> {
    entries: Vec<T>,
    prefixes: Vec<String>,
    /// The last key or common prefix of a page that is not the last.
    next: Option<String>,
}

impl Page {
    fn of(prefix: Option<&str>, delimiter: Option<&str>, after: Option<String>, most: Option<i32>) -> S3Result<Self> {
        let most = most.unwrap_or(MOST);
        if most < 0 {
            return Err(s3_error!(InvalidArgument, "The maximum must not be negative"));
        }
        Ok(Self {
            prefix: prefix.unwrap_or_default().to_owned(),
            delimiter: delimiter.filter(|delimiter| !delimiter.is_empty()).map(str::to_owned),
            after: after.filter(|after| !after.is_empty()),
            most: most.min(MOST),
        })
    }

    /// The start of a listing that is sorted by key alone.
    fn start(&self) -> (Bound<String>, Bound<String>) {
        let start = match &self.after {
            Some(after) if *after >= self.prefix => Bound::Excluded(after.clone()),
            _ => Bound::Included(self.prefix.clone()),
        };
        (start, Bound::Unbounded)
    }

    /// `items` are sorted by key, and begin after the last entry of the page before.
    fn list<'a, V, T>(
        &self,
        items: impl Iterator<Item = (&'a str, V)>,
        mut describe: impl FnMut(V) -> T,
    ) -> Listing<T> {
        let most = usize::try_from(self.most).unwrap_or(0);
        let mut listing = Listing { entries: Vec::new(), prefixes: Vec::new(), next: None };
        let mut last = None;
        for (key, value) in items {
            let Some(rest) = key.strip_prefix(self.prefix.as_str()) else {
                if key > self.prefix.as_str() {
                    break;
                }
                continue;
            };
            let common = self.delimiter.as_deref().and_then(|delimiter| {
                let end = rest.find(delimiter)? + delimiter.len();
                Some(&key[..self.prefix.len() + end])
            });
            if common.is_some() && (common == listing.prefixes.last().map(String::as_str) || common == self.after()) {
                continue;
            }
            if listing.entries.len() + listing.prefixes.len() == most {
                listing.next = last;
                break;
            }
            last = Some(common.unwrap_or(key).to_owned());
            match common {
                Some(common) => listing.prefixes.push(common.to_owned()),
                None => listing.entries.push(describe(value)),
            }
        }
        listing
    }

    fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }
}

/// Applies `encoding-type=url`, which XML needs for keys with control characters.
struct Encode(bool);

impl Encode {
    fn new(requested: Option<&EncodingType>) -> Self {
        Self(requested.is_some_and(|requested| requested.as_str() == EncodingType::URL))
    }

    fn text(&self, text: String) -> String {
        if self.0 { utf8_percent_encode(&text, ENCODED).to_string() } else { text }
    }

    fn prefixes(&self, prefixes: Vec<String>) -> Vec<CommonPrefix> {
        prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(self.text(prefix)) }).collect()
    }
}

fn entry(object: &std::sync::Arc<Kept>, with_owner: bool, encode: &Encode) -> Object {
    let info = &object.info;
    let class = info.headers.storage_class.clone().unwrap_or_else(|| ObjectStorageClass::STANDARD.to_owned());
    Object {
        key: Some(encode.text(info.key.clone())),
        size: i64::try_from(info.size).ok(),
        e_tag: Some(info.etag()),
        last_modified: Some(info.modified()),
        owner: with_owner.then(owner),
        storage_class: Some(ObjectStorageClass::from(class)),
        checksum_algorithm: info
            .checksum
            .as_ref()
            .map(|stored| vec![ChecksumAlgorithm::from_static(stored.algorithm.name())]),
        ..Object::default()
    }
}

fn read_token(token: &str) -> S3Result<String> {
    let bytes = TOKEN.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}
