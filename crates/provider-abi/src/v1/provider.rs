//! A provider, as it crosses.

use abi_stable::{
    sabi_trait,
    std_types::{RArc, RString, RVec},
};
use async_ffi::FfiFuture;

use super::{
    Reply, WireCall, WireDone, WireExtension, WireFile, WireFlag, WireMeta, WireOpened, WireRange, WireSign,
    WireSigned, WireStream, WireUploaded,
};

/// The methods of a provider. An implementation returns at once, never panics, and does its work in the future:
/// a panic in a synchronous method would end the host's process.
#[sabi_trait]
pub trait WireProvider: Send + Sync {
    /// Stores `body`.
    fn upload(&self, call: WireCall, file: WireFile, body: WireStream) -> FfiFuture<Reply<WireUploaded>>;
    /// Stores `body` as `new` in place of `old`.
    fn replace(&self, call: WireCall, new: WireFile, old: WireFile, body: WireStream)
    -> FfiFuture<Reply<WireUploaded>>;
    /// Removes a file.
    fn delete(&self, call: WireCall, file: WireFile) -> FfiFuture<Reply<WireDone>>;
    /// Opens a file for reading.
    fn open(&self, call: WireCall, file: WireFile, range: WireRange) -> FfiFuture<Reply<WireOpened>>;
    /// The metadata of a file.
    fn head(&self, call: WireCall, file: WireFile) -> FfiFuture<Reply<WireMeta>>;
    /// Whether the service would accept calls.
    fn health(&self, call: WireCall) -> FfiFuture<Reply<WireDone>>;
    /// Whether files are private.
    fn is_private(&self, call: WireCall) -> FfiFuture<Reply<WireFlag>>;
    /// Whether a file is within `limit` bytes.
    fn check_file_size(&self, call: WireCall, file: WireFile, limit: u64) -> FfiFuture<Reply<WireDone>>;
    /// URLs for a batch of files, in their order.
    fn get_signed_urls(
        &self,
        call: WireCall,
        files: RVec<WireFile>,
        options: WireSign,
    ) -> FfiFuture<Reply<RVec<WireSigned>>>;
    /// Where a file is, or would be, stored: its full key.
    fn key(&self, call: WireCall, file: WireFile) -> FfiFuture<Reply<RString>>;
    /// An ability with an id of its own. Unknown ones are unsupported.
    fn extension(&self, call: WireCall, request: WireExtension) -> FfiFuture<Reply<WireExtension>>;
    /// Refuses new calls; resolves when all work and all clean-ups have ended, or after `call.timeout_ms`.
    #[sabi(last_prefix_field)]
    fn shutdown(&self, call: WireCall) -> FfiFuture<Reply<WireDone>>;
}

/// A provider behind a counted reference.
pub type ProviderObject = WireProvider_TO<'static, RArc<()>>;

/// Makes an object of `provider`.
pub fn provider_object<P: WireProvider + 'static>(provider: P) -> ProviderObject {
    WireProvider_TO::from_ptr(RArc::new(provider), sabi_trait::TD_Opaque)
}

/// Another reference to the same provider.
pub fn share(provider: &ProviderObject) -> ProviderObject {
    provider_clone(provider)
}

fn provider_clone(provider: &ProviderObject) -> ProviderObject {
    WireProvider_TO::from_sabi(provider.obj.shallow_clone())
}
