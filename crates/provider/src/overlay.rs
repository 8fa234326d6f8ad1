//! The trait of a provider that extends another one.

use std::future::Future;

use serde_json::Value;

use crate::{
    Base, Body, ByteRange, Call, File, InitContext, ListPage, ListRequest, ObjectMeta, Opened, ProviderOptions, Result,
    SignOptions, SignedUrl, Uploaded,
};

/// A provider on top of another one: every method that is not written is the base's.
///
/// The base is loaded and opened by the host; bodies pass through without being unwrapped. Export it with
/// `export_provider!(MyOverlay as "my-name" extends "aws-s3")`. An overlay may have the name of its base: it
/// then shadows it. Overlays of overlays work. What each method must do is said at
/// [`Provider`](crate::Provider).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no overlay",
    label = "this type does not implement `longshore_provider::Overlay`",
    note = "`extends` exports an overlay: write `impl Overlay for {Self}` with `init` and `base`"
)]
pub trait Overlay: Sized + Send + Sync + 'static {
    /// What the overlay reads of `providerOptions`. [`BaseOptions`](crate::BaseOptions) if nothing: the
    /// configuration is then checked against the base's schema alone.
    type Options: ProviderOptions;

    /// Makes the overlay on an opened base.
    fn init(options: Self::Options, base: Base, context: InitContext) -> impl Future<Output = Result<Self>> + Send;

    /// The base that `init` received.
    fn base(&self) -> &Base;

    /// What the base gets as its options, made from the configured ones before the base is opened. The default
    /// hands them on unchanged.
    fn base_options(options: Value) -> Result<Value> {
        Ok(options)
    }

    /// See [`Provider::upload`](crate::Provider::upload).
    fn upload(&self, file: &File, body: Body, call: &Call) -> impl Future<Output = Result<Uploaded>> + Send {
        self.base().upload(file, body, call)
    }

    /// See [`Provider::delete`](crate::Provider::delete).
    fn delete(&self, file: &File, call: &Call) -> impl Future<Output = Result<()>> + Send {
        self.base().delete(file, call)
    }

    /// See [`Provider::replace`](crate::Provider::replace). An overlay that writes `upload` itself most
    /// likely has to write this too: the default is the base's, which does not know of the overlay.
    fn replace(
        &self,
        new: &File,
        old: &File,
        body: Body,
        call: &Call,
    ) -> impl Future<Output = Result<Uploaded>> + Send {
        self.base().replace(new, old, body, call)
    }

    /// See [`Provider::is_private`](crate::Provider::is_private).
    fn is_private(&self) -> impl Future<Output = Result<bool>> + Send {
        self.base().is_private()
    }

    /// See [`Provider::get_signed_url`](crate::Provider::get_signed_url).
    fn get_signed_url(&self, file: &File, options: &SignOptions) -> impl Future<Output = Result<SignedUrl>> + Send {
        self.base().get_signed_url(file, options)
    }

    /// See [`Provider::url`](crate::Provider::url).
    fn url(&self, file: &File) -> impl Future<Output = Result<String>> + Send {
        self.base().url(file)
    }

    /// See [`Provider::check_file_size`](crate::Provider::check_file_size).
    fn check_file_size(&self, file: &File, size_limit: u64) -> impl Future<Output = Result<()>> + Send {
        self.base().check_file_size(file, size_limit)
    }

    /// See [`Provider::open`](crate::Provider::open).
    fn open(&self, file: &File, range: Option<ByteRange>, call: &Call) -> impl Future<Output = Result<Opened>> + Send {
        self.base().open(file, range, call)
    }

    /// See [`Provider::head`](crate::Provider::head).
    fn head(&self, file: &File, call: &Call) -> impl Future<Output = Result<ObjectMeta>> + Send {
        self.base().head(file, call)
    }

    /// See [`Provider::health`](crate::Provider::health).
    fn health(&self, call: &Call) -> impl Future<Output = Result<()>> + Send {
        self.base().health(call)
    }

    /// See [`Provider::list`](crate::Provider::list).
    fn list(&self, request: &ListRequest, call: &Call) -> impl Future<Output = Result<ListPage>> + Send {
        self.base().list(request, call)
    }

    /// See [`Provider::abort_uploads`](crate::Provider::abort_uploads).
    fn abort_uploads(&self, file: &File, call: &Call) -> impl Future<Output = Result<()>> + Send {
        self.base().abort_uploads(file, call)
    }

    /// See [`Provider::extension`](crate::Provider::extension).
    fn extension(
        &self,
        id: &str,
        input: Value,
        stream: Option<Body>,
        call: &Call,
    ) -> impl Future<Output = Result<(Value, Option<Body>)>> + Send {
        self.base().extension(id, input, stream, call)
    }
}
