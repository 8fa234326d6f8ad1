//! What a provider answers.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Body;

/// What an upload has made.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The full key under which the file is stored. The caller keeps it for every later call.
    pub key: String,
    /// The public URL of the file, percent-encoded; never a signed one.
    pub url: String,
    /// The service's tag of this version, without quotes.
    pub etag: Option<String>,
    /// How many bytes were stored.
    pub size: Option<u64>,
    /// Anything else that the provider wants back with later calls.
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
pub struct ListPage {
    /// The files of this page.
    pub objects: Vec<ListedObject>,
    /// What to ask next with; `None` on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One line of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
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
    /// When this version was written, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified_ms: Option<i64>,
}
