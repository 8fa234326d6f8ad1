//! What a provider answers.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Body;

/// How many bytes of JSON [`Uploaded::provider_metadata`] has at most. It is read with every page of the library.
pub const METADATA_LIMIT: usize = 16 * 1024;

/// What an upload has made.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The full key under which the file is stored. The caller keeps it for every later call.
    pub key: String,
    /// The public URL of the file: never a signed one, and one that [`check_url`](crate::check_url) takes.
    pub url: String,
    /// The service's tag of this version, without quotes.
    pub etag: Option<String>,
    /// How many bytes were stored.
    pub size: Option<u64>,
    /// Anything else that the provider wants back with later calls: at most [`METADATA_LIMIT`] bytes of JSON.
    pub provider_metadata: Option<Value>,
}

impl Uploaded {
    /// A file stored under `key` that is seen at `url`.
    pub fn new(key: impl Into<String>, url: impl Into<String>) -> Self {
        Self { key: key.into(), url: url.into(), ..Self::default() }
    }

    /// With the service's tag; quotes around it are dropped.
    #[must_use]
    pub fn with_etag(mut self, etag: impl AsRef<str>) -> Self {
        self.etag = Some(etag.as_ref().trim_matches('"').to_owned());
        self
    }

    /// With the number of bytes that were stored.
    #[must_use]
    pub fn with_size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }

    /// With a JSON value that every later call of the file carries: at most [`METADATA_LIMIT`] bytes.
    #[must_use]
    pub fn with_provider_metadata(mut self, metadata: Value) -> Self {
        self.provider_metadata = Some(metadata);
        self
    }
}

/// What is known of a stored file without reading it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ObjectMeta {
    /// The full key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// The service's tag of this version, without quotes.
    pub etag: Option<String>,
    /// The content type that the service answers.
    pub content_type: Option<String>,
    /// When this version was written.
    pub last_modified: Option<SystemTime>,
}

impl ObjectMeta {
    /// A file of `size` bytes under `key`.
    pub fn new(key: impl Into<String>, size: u64) -> Self {
        Self { key: key.into(), size, ..Self::default() }
    }

    /// With the service's tag; quotes around it are dropped.
    #[must_use]
    pub fn with_etag(mut self, etag: impl AsRef<str>) -> Self {
        self.etag = Some(etag.as_ref().trim_matches('"').to_owned());
        self
    }

    /// With the content type that the service returns.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// With the time when this version was written.
    #[must_use]
    pub fn with_last_modified(mut self, last_modified: SystemTime) -> Self {
        self.last_modified = Some(last_modified);
        self
    }
}

/// Part of a file: `start` and, if not up to the end, how many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte, counted from 0.
    pub start: u64,
    /// How many bytes; `None` is up to the end. More than there are is no error.
    pub length: Option<u64>,
}

/// An opened file: what is known of it, and its bytes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The whole file's facts, also when a range was asked for.
    pub meta: ObjectMeta,
    /// The bytes of the range. Dropping it stops the provider's work.
    pub body: Body,
}

impl Opened {
    /// An opened file.
    pub fn new(meta: ObjectMeta, body: Body) -> Self {
        Self { meta, body }
    }
}

/// A URL for reading, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedUrl {
    /// The URL.
    pub url: String,
    /// Whether it carries a signature.
    pub signed: bool,
    /// When it stops working: never later than the credentials behind it. `None` if it does not expire.
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

/// Which files to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListRequest {
    /// Only keys that start with this, relative to the provider's root; not necessarily at a `/`.
    pub prefix: String,
    /// Where the page before ended, as it said in [`ListPage::next`].
    pub after: Option<String>,
    /// At most so many; the provider may answer fewer. 0 leaves it to the provider.
    pub limit: u32,
}

impl ListRequest {
    /// The first page of all keys that start with `prefix`.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }
}

/// One page of a listing, in the order of the keys' bytes where the service can do that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListPage {
    /// The files of this page.
    pub objects: Vec<ListedObject>,
    /// What to ask next with; `None` on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl ListPage {
    /// The last page of a listing.
    pub fn last(objects: Vec<ListedObject>) -> Self {
        Self { objects, next: None }
    }

    /// With what to ask the next page with.
    #[must_use]
    pub fn with_next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }
}

/// One line of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListedObject {
    /// The full key.
    pub key: String,
    /// The key below the provider's root.
    pub relative_key: String,
    /// Bytes.
    pub size: u64,
    /// The service's tag of this version, without quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When this version was written. It crosses in milliseconds since 1970.
    #[serde(rename = "lastModifiedMs", with = "milliseconds", skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<SystemTime>,
}

impl ListedObject {
    /// A file of `size` bytes under `key`, which is `relative_key` below the provider's root.
    pub fn new(key: impl Into<String>, relative_key: impl Into<String>, size: u64) -> Self {
        Self { key: key.into(), relative_key: relative_key.into(), size, ..Self::default() }
    }

    /// With the service's tag; quotes around it are dropped.
    #[must_use]
    pub fn with_etag(mut self, etag: impl AsRef<str>) -> Self {
        self.etag = Some(etag.as_ref().trim_matches('"').to_owned());
        self
    }

    /// With the time when this version was written.
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
