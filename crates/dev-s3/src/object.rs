//! A stored object, and the view of it for tests.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{ETag, Timestamp};
use serde::{Deserialize, Serialize};

use crate::acl::Acl;
use crate::checksum::Stored;
use crate::content::Content;

/// The metadata of an object. The directory keeps it as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Info {
    pub(crate) key: String,
    /// The size in bytes.
    pub(crate) size: u64,
    /// The `ETag` without quotes.
    pub(crate) etag: String,
    /// Milliseconds since 1970.
    pub(crate) modified: u64,
    pub(crate) acl: Acl,
    pub(crate) headers: Headers,
    /// The tags in the form of the header `x-amz-tagging`: `a=1&b=2`, encoded.
    pub(crate) tagging: Option<String>,
    pub(crate) checksum: Option<Stored>,
}

impl Info {
    pub(crate) fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }

    pub(crate) fn modified(&self) -> Timestamp {
        timestamp(self.modified)
    }
}

/// The headers that a client sends with the content, and gets back with it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Headers {
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) storage_class: Option<String>,
    pub(crate) encryption: Option<String>,
    pub(crate) encryption_key_id: Option<String>,
    pub(crate) bucket_key: Option<bool>,
    pub(crate) redirect: Option<String>,
}

impl Headers {
    /// The bytes of the `ETag` of content, or of a part, with this MD5. If the client requests encryption with a KMS
    /// key, the `ETag` is a new value each time, as in S3.
    pub(crate) fn tag(&self, md5: [u8; 16]) -> [u8; 16] {
        if !self.encryption.as_deref().is_some_and(|kind| kind.starts_with("aws:kms")) {
            return md5;
        }
        let salt = RandomState::new().hash_one(md5);
        Md5::checksum(&[&md5[..], &salt.to_ne_bytes()].concat())
    }
}

/// An object: its metadata and its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) info: Info,
    pub(crate) content: Content,
}

/// An object in a bucket of the server, for inspection by tests.
#[derive(Clone)]
pub struct StoredObject(pub(crate) Arc<Object>);

impl StoredObject {
    /// The key, decoded.
    pub fn key(&self) -> &str {
        &self.0.info.key
    }

    /// The size in bytes.
    pub fn size(&self) -> u64 {
        self.0.info.size
    }

    /// The `ETag` without quotes: the MD5 of the content, or the MD5 of the parts' MD5s followed by `-N`. With a KMS
    /// key it is neither of the two.
    pub fn etag(&self) -> &str {
        &self.0.info.etag
    }

    /// The canned ACL; `private` when the request that made the object named none.
    pub fn acl(&self) -> Acl {
        self.0.info.acl
    }

    /// `Content-Type`, when the request named one.
    pub fn content_type(&self) -> Option<&str> {
        self.0.info.headers.content_type.as_deref()
    }

    /// `Cache-Control`, when the request named one.
    pub fn cache_control(&self) -> Option<&str> {
        self.0.info.headers.cache_control.as_deref()
    }

    /// `Content-Disposition`, when the request named one.
    pub fn content_disposition(&self) -> Option<&str> {
        self.0.info.headers.content_disposition.as_deref()
    }

    /// `Content-Encoding`, when the request named one, without `aws-chunked`.
    pub fn content_encoding(&self) -> Option<&str> {
        self.0.info.headers.content_encoding.as_deref()
    }

    /// `Content-Language`, when the request named one.
    pub fn content_language(&self) -> Option<&str> {
        self.0.info.headers.content_language.as_deref()
    }

    /// The headers `x-amz-meta-*`, without that prefix, in lower case.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.0.info.headers.metadata
    }

    /// `x-amz-storage-class`, when the request named one.
    pub fn storage_class(&self) -> Option<&str> {
        self.0.info.headers.storage_class.as_deref()
    }

    /// `x-amz-server-side-encryption`, when the request named one. Nothing is encrypted.
    pub fn server_side_encryption(&self) -> Option<&str> {
        self.0.info.headers.encryption.as_deref()
    }

    /// The tags as in the header `x-amz-tagging`: `a=1&b=2`, encoded.
    pub fn tagging(&self) -> Option<&str> {
        self.0.info.tagging.as_deref()
    }

    /// The checksum that is stored with the object: the name of its header, and its value.
    pub fn checksum(&self) -> Option<(&'static str, &str)> {
        self.0.info.checksum.as_ref().map(|stored| (stored.algorithm.header(), stored.text.as_str()))
    }

    /// The sizes of the object's parts. An object that was put whole has one part.
    pub fn part_sizes(&self) -> Vec<u64> {
        self.0.content.part_sizes().collect()
    }

    /// All bytes. If the server uses a directory, this method reads them from it and blocks.
    pub fn bytes(&self) -> io::Result<Bytes> {
        self.0.content.read_all()
    }
}

impl fmt::Debug for StoredObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoredObject").field(&self.0.info).finish()
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn timestamp(millis: u64) -> Timestamp {
    Timestamp::from(UNIX_EPOCH + Duration::from_millis(millis))
}
