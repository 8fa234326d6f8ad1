//! The results of calls.

use abi_stable::{
    StableAbi,
    std_types::{RString, RVec},
};

use super::{WireError, WireStream};

/// A stored file, as an upload returns it. Empty text stands for a field that is not there.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default)]
pub struct WireUploaded {
    /// The full key.
    pub key: RString,
    /// The public URL.
    pub url: RString,
    /// The service's tag.
    pub etag: RString,
    /// JSON to keep with the file.
    pub provider_metadata: RString,
    /// Whether `size` is known.
    pub has_size: bool,
    /// Bytes.
    pub size: u64,
    /// A JSON object of further fields, or empty.
    pub more: RString,
}

/// The metadata of a stored file.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default)]
pub struct WireMeta {
    /// The full key.
    pub key: RString,
    /// Bytes.
    pub size: u64,
    /// The service's tag, or empty.
    pub etag: RString,
    /// The content type, or empty.
    pub content_type: RString,
    /// Milliseconds since 1970; `i64::MIN` if unknown.
    pub last_modified_ms: i64,
    /// A JSON object of further fields, or empty.
    pub more: RString,
}

/// An opened file.
#[repr(C)]
#[derive(StableAbi, Default)]
pub struct WireOpened {
    /// The metadata of the whole file.
    pub meta: WireMeta,
    /// The bytes.
    pub body: WireStream,
}

/// One URL of a batch, or why there is none.
#[repr(C)]
#[derive(StableAbi, Clone, Debug)]
pub struct WireSigned {
    /// The URL.
    pub url: RString,
    /// Whether it carries a signature.
    pub signed: bool,
    /// Milliseconds since 1970 when it stops working; `i64::MIN` if it does not.
    pub expires_at_ms: i64,
    /// The failure of this one file: one element, or none.
    pub failure: RVec<WireError>,
}

/// Yes or no.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug, Default)]
pub struct WireFlag {
    /// The value.
    pub yes: bool,
}
