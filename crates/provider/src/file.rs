//! The file that the host passes to a provider.

use serde_json::{Map, Value};

/// A file of the media library: its name, and the key under which it is stored or will be stored.
///
/// The key is given in one of three ways, and the first that is present counts. Providers do not choose: they call
/// [`object_key`](crate::key::object_key), which does.
///
/// 1. [`key`](Self::key): the full key that the upload returned. The caller keeps the key, and every later call carries
///    it.
/// 2. [`relative_key`](Self::relative_key): a key below the provider's root, used verbatim.
/// 3. [`path`](Self::path), [`hash`](Self::hash) and [`ext`](Self::ext): the parts of a media library's file name.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct File {
    /// The name that people see, such as `My Photo.png`. It is never part of the key.
    pub name: String,
    /// The stem of the key, unique in the library, such as `my_photo_1a2b3c4d5e`.
    pub hash: String,
    /// The extension with its dot, such as `.png`, or empty.
    pub ext: String,
    /// The content type, such as `image/png`; empty if unknown.
    pub mime: String,
    /// A folder below the provider's root, `/`-separated.
    pub path: Option<String>,
    /// The size in bytes, if it is known before the body has been read.
    pub size: Option<u64>,
    /// The full key under which the file is stored: the [`Uploaded::key`](crate::Uploaded::key) of its upload.
    pub key: Option<String>,
    /// A key relative to the provider's root, used verbatim.
    pub relative_key: Option<String>,
    /// The public URL that the upload returned. It is never a signed URL.
    pub url: Option<String>,
    /// The [`Uploaded::provider_metadata`](crate::Uploaded::provider_metadata) of the file's upload.
    pub provider_metadata: Option<Value>,
    /// Fields that a newer host knows and this crate does not.
    pub more: Map<String, Value>,
}

impl File {
    /// A file that is named by `hash` and `ext` (with its dot, or empty), as in a media library.
    pub fn named(hash: impl Into<String>, ext: impl Into<String>) -> Self {
        Self { hash: hash.into(), ext: ext.into(), ..Self::default() }
    }

    /// A file at a key relative to the provider's root, used verbatim.
    pub fn at(relative_key: impl Into<String>) -> Self {
        Self { relative_key: Some(relative_key.into()), ..Self::default() }
    }

    /// A file that is stored under `key`, the full key that an upload returned.
    pub fn stored(key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..Self::default() }
    }
}
