//! The trait of a provider that extends another one.

use std::future::Future;

use serde_json::Value;

use crate::{
    Base, Body, ByteRange, Call, File, InitContext, ListPage, ListRequest, ObjectMeta, Opened, ProviderOptions, Result,
    SignOptions, SignedUrl, Uploaded,
};

/// Whether a file is private, as [`Overlay::privacy`] decides it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Privacy {
    /// As the call says: what [`is_private`](Overlay::is_private) of the outermost provider returned.
    #[default]
    OfCall,
    /// Nobody reads it without a signature.
    Private,
    /// Everybody reads it by its plain URL.
    Public,
}

impl Privacy {
    /// `call` as the base gets it for a file of this privacy.
    #[must_use]
    pub fn of_call(self, call: &Call) -> Call {
        match self {
            Self::OfCall => call.clone(),
            Self::Private => call.clone().with_private(true),
            Self::Public => call.clone().with_private(false),
        }
    }
}

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

    /// Whether `file` is private, for an overlay that decides it file by file. The defaults of
    /// [`upload`](Self::upload) and [`replace`](Self::replace) tell the base, and that of
    /// [`get_signed_url`](Self::get_signed_url) returns the plain URL of a public file. An overlay that writes one of
    /// these itself calls the base with [`Privacy::of_call`].
    ///
    /// [`is_private`](Self::is_private) must then say yes: otherwise the host asks for no signed URLs at all. The
    /// answer for a stored file must be the one from its upload: decide by what every call carries, such as the key or
    /// the content type, or by the metadata that the upload returned.
    fn privacy(&self, file: &File) -> impl Future<Output = Result<Privacy>> + Send {
        let _ = file;
        async { Ok(Privacy::OfCall) }
    }

    /// See [`Provider::upload`](crate::Provider::upload).
    fn upload(&self, file: &File, body: Body, call: &Call) -> impl Future<Output = Result<Uploaded>> + Send {
        async move { self.base().upload(file, body, &self.privacy(file).await?.of_call(call)).await }
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
        async move { self.base().replace(new, old, body, &self.privacy(new).await?.of_call(call)).await }
    }

    /// See [`Provider::is_private`](crate::Provider::is_private).
    fn is_private(&self) -> impl Future<Output = Result<bool>> + Send {
        self.base().is_private()
    }

    /// See [`Provider::get_signed_url`](crate::Provider::get_signed_url).
    fn get_signed_url(&self, file: &File, options: &SignOptions) -> impl Future<Output = Result<SignedUrl>> + Send {
        async move {
            match self.privacy(file).await? {
                Privacy::Public => self.url(file).await.map(SignedUrl::unsigned),
                Privacy::Private | Privacy::OfCall => self.base().get_signed_url(file, options).await,
            }
        }
    }

    /// See [`Provider::url`](crate::Provider::url).
    fn url(&self, file: &File) -> impl Future<Output = Result<String>> + Send {
        self.base().url(file)
    }

    /// See [`Provider::key`](crate::Provider::key).
    fn key(&self, file: &File) -> impl Future<Output = Result<String>> + Send {
        self.base().key(file)
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
