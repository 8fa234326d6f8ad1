//! The arguments of calls.

use abi_stable::{
    StableAbi,
    std_types::{RString, RVec},
};

use super::{HostObject, ProviderObject, WireScope, WireStream};

/// The context of every call.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default)]
pub struct WireCall {
    /// Milliseconds from now in which the call must end; 0 for no limit.
    pub timeout_ms: u64,
    /// Whether the outermost provider says that files are private.
    pub private: bool,
    /// The spans around the call, for the log.
    pub scope: WireScope,
    /// The W3C trace parent, or empty.
    pub trace_parent: RString,
    /// A JSON object, or empty.
    pub action_options: RString,
    /// A JSON object of further fields, or empty.
    pub more: RString,
}

/// A file. Empty text stands for a field that is not there.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default)]
pub struct WireFile {
    /// The name that people see.
    pub name: RString,
    /// The stem of the key.
    pub hash: RString,
    /// The extension with its dot.
    pub ext: RString,
    /// The content type.
    pub mime: RString,
    /// A folder below the provider's root.
    pub path: RString,
    /// The full key.
    pub key: RString,
    /// A key relative to the provider's root.
    pub relative_key: RString,
    /// The public URL.
    pub url: RString,
    /// JSON that the provider returned when it stored the file.
    pub provider_metadata: RString,
    /// Whether `key` is there. An empty key is not the same as none: it is refused.
    pub has_key: bool,
    /// Whether `relative_key` is there, likewise.
    pub has_relative_key: bool,
    /// Whether `size` is known.
    pub has_size: bool,
    /// Bytes.
    pub size: u64,
    /// A JSON object of further fields, or empty.
    pub more: RString,
}

/// Part of a file.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug, Default)]
pub struct WireRange {
    /// The first byte.
    pub start: u64,
    /// How many bytes; `u64::MAX` is up to the end.
    pub length: u64,
}

/// How to make URLs.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default)]
pub struct WireSign {
    /// Milliseconds for which a URL is to work; 0 leaves it to the provider.
    pub expires_in_ms: u64,
    /// Whether the plain URL is asked for.
    pub plain: bool,
    /// A JSON object, or empty.
    pub action_options: RString,
    /// A JSON object of further fields, or empty.
    pub more: RString,
}

/// The arguments that make a provider.
#[repr(C)]
#[derive(StableAbi)]
pub struct WireInit {
    /// The options: JSON that has been checked against the provider's schema.
    pub options: RString,
    /// The name under which it is configured.
    pub name: RString,
    /// The project's folder.
    pub project: RString,
    /// `actionOptions` of the configuration, a JSON object or empty.
    pub action_options: RString,
    /// How many threads the library's runtime may have; 0 leaves it to the library.
    pub workers: u32,
    /// The host's services.
    pub host: HostObject,
    /// The spans around `init`, for the log.
    pub scope: WireScope,
    /// The opened base of an overlay: one element, or none.
    pub base: RVec<ProviderObject>,
    /// A JSON object of further fields, or empty.
    pub more: RString,
}

/// The request or the response of an extension.
#[repr(C)]
#[derive(StableAbi, Default)]
pub struct WireExtension {
    /// The extension's id.
    pub id: RString,
    /// JSON.
    pub json: RString,
    /// A stream: one element, or none.
    pub stream: RVec<WireStream>,
}
