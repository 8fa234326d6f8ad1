//! The values that the methods of a provider return.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Body;

/// The largest size of [`Uploaded::provider_metadata`], in bytes of JSON. The host reads the metadata with every page
/// of the media library.
pub const METADATA_LIMIT: usize = 16 * 1024;

/// The result of an upload.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The full key under which the file is stored. The caller keeps it for every later call.
    pub key: String,
    /// The public URL of the file. It is never a signed URL, and [`check_url`](crate::check_url) must accept it.
    pub url: String,
    /// The service's tag of this version, without quotes.
    pub etag: Option<String>,
    /// The number of stored bytes.
    pub size: Option<u64>,
    /// A JSON value that the provider gets back with every later call for the file: at most [`METADATA_LIMIT`] bytes.
    pub provider_metadata: Option<Value>,
}

impl Uploaded {
    /// The result of an upload that stored a file under `key`, with the public URL `url`.
    pub fn new(key: impl Into<String>, url: impl Into<String>) -> Self {
        Self { key: key.into(), url: url.into(), ..Self::default() }
    }

    /// Sets the service's tag, without the quotes around it.
    #[must_use]
    pub fn with_etag(mut self, etag: impl AsRef<str>) -> Self {
        self.etag = Some(etag.as_ref().trim_matches('"').to_owned());
        self
    }

    /// Sets the number of stored bytes.
    #[must_use]
    pub fn with_size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }

    /// Sets a JSON value that every later call for the file carries: at most [`METADATA_LIMIT`] bytes.
    #[must_use]
    pub fn with_provider_metadata(mut self, metadata: Value) -> Self {
        self.provider_metadata = Some(metadata);
        self
    }
}

/// The metadata of a stored file.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ObjectMeta {
    /// The full key.
    pub key: String,
    /// The size in bytes.
    pub size: u64,
    /// The service's tag of this version, without quotes.
    pub etag: Option<String>,
    /// The content type that the service returns.
    pub content_type: Option<String>,
    /// When this version was written.
    pub last_modified: Option<SystemTime>,
}

impl ObjectMeta {
    /// A file of `size` bytes under `key`.
    pub fn new(key: impl Into<String>, size: u64) -> Self {
        Self { key: key.into(), size, ..Self::default() }
    }

    /// Sets the service's tag, without the quotes around it.
    #[must_use]
    pub fn with_etag(mut self, etag: impl AsRef<str>) -> Self {
        self.etag = Some(etag.as_ref().trim_matches('"').to_owned());
        self
    }

    /// Sets the content type that the service returns.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Sets the time when this version was written.
    #[must_use]
    pub fn with_last_modified(mut self, last_modified: SystemTime) -> Self {
        self.last_modified = Some(last_modified);
        self
    }
}

/// A part of a file: `length` bytes from `start`, or all bytes from `start` to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte, counted from 0.
    pub start: u64,
    /// The number of bytes, or `None` for all bytes up to the end. A range that extends past the end is no error.
    pub length: Option<u64>,
}

/// An opened file: its metadata and its bytes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The metadata of the whole file, even if only a range was requested.
    pub meta: ObjectMeta,
    /// The bytes of the range. Dropping the body stops the provider's work.
    pub body: Body,
}

impl Opened {
    /// An opened file.
    pub fn new(meta: ObjectMeta, body: Body) -> Self {
        Self { meta, body }
    }
}

/// A URL for reading a file, and the time when it expires.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedUrl {
    /// The URL.
    pub url: String,
    /// Whether the URL carries a signature.
    pub signed: bool,
    /// The time when the URL stops working, never later than the expiry of the credentials behind it. `None` if the URL
    /// does not expire.
    pub expires_at: Option<SystemTime>,
}

impl SignedUrl {
    /// A plain URL that does not expire.
    pub fn unsigned(url: impl Into<String>) -> Self {
        Self { url: url.into(), signed: false, expires_at: None }
    }

    /// A signed URL that works until `expires_at`.
    pub fn signed(url: impl Into<String>, expires_at: SystemTime) -> Self {
        Self { url: url.into(), signed: true, expires_at: Some(expires_at) }
    }
}

/// A request for one page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListRequest {
    /// The prefix of the keys to list, relative to the provider's root. The prefix need not end at a `/`.
    pub prefix: String,
    /// The [`ListPage::next`] of the page before. `None` requests the first page.
    pub after: Option<String>,
    /// The largest number of files on the page. The provider may return fewer. With 0, the provider chooses the limit.
    pub limit: u32,
}

impl ListRequest {
    /// The first page of all keys that start with `prefix`.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }
}

/// One page of a listing, sorted by the bytes of the keys if the service supports that order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListPage {
    /// The files of this page.
    pub objects: Vec<ListedObject>,
    /// The [`ListRequest::after`] of the next page. `None` on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl ListPage {
    /// The last page of a listing.
    pub fn last(objects: Vec<ListedObject>) -> Self {
        Self { objects, next: None }
    }

    /// Sets the [`ListRequest::after`] of the next page.
    #[must_use]
    pub fn with_next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }
}

/// One file of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListedObject {
    /// The full key.
    pub key: String,
    /// The key below the provider's root.
    pub relative_key: String,
    /// The size in bytes.
    pub size: u64,
    /// The service's tag of this version, without quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When this version was written. The time crosses the boundary as milliseconds since 1970.
    #[serde(rename = "lastModifiedMs", with = "milliseconds", skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<SystemTime>,
}

impl ListedObject {
    /// A file of `size` bytes under `key`, which is `relative_key` below the provider's root.
    pub fn new(key: impl Into<String>, relative_key: impl Into<String>, size: u64) -> Self {
        Self { key: key.into(), relative_key: relative_key.into(), size, ..Self::default() }
    }

    /// Sets the service's tag, without the quotes around it.
    #[must_use]
    pub fn with_etag(mut self, etag: impl AsRef<str>) -> Self {
        self.etag = Some(etag.as_ref().trim_matches('"').to_owned());
        self
    }

    /// Sets the time when this version was written.
    #[must_use]
    pub fn with_last_modified(mut self, last_modified: SystemTime) -> Self {
        self.last_modified = Some(last_modified);
        self
    }
}

/// A time as milliseconds since 1970.
mod milliseconds {
    use std::time::SystemTime;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::wire::{milliseconds, moment};

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(super) fn serialize<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
        time.map(|time| milliseconds(Some(time))).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
        Ok(Option::<i64>::deserialize(deserializer)?.and_then(moment))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_listed_object_crosses_with_its_time_in_milliseconds() {
        let time = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        let object = ListedObject::new("a/b", "b", 3).with_etag("\"e\"").with_last_modified(time);
        let json = serde_json::to_value(&object).unwrap();
        assert_eq!(json["lastModifiedMs"], 1_700_000_000_123_i64);
        assert_eq!(serde_json::from_value::<ListedObject>(json).unwrap(), object);
        let bare = ListedObject::new("a", "a", 0);
        assert_eq!(serde_json::from_str::<ListedObject>(r#"{"key":"a","relativeKey":"a"}"#).unwrap(), bare);
    }
}
