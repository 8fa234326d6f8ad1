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
    /// The flag of the call applies: the result of [`is_private`](Overlay::is_private) of the outermost provider.
    #[default]
    OfCall,
    /// The file cannot be read without a signature.
    Private,
    /// Everybody can read the file by its plain URL.
    Public,
}

impl Privacy {
    /// `call`, changed to what the base receives for a file of this privacy.
    #[must_use]
    pub fn of_call(self, call: &Call) -> Call {
        match self {
            Self::OfCall => call.clone(),
            Self::Private => call.clone().with_private(true),
            Self::Public => call.clone().with_private(false),
        }
    }
}

/// A provider on top of another provider, its base. Every method that the overlay does not implement calls the base.
///
/// The host loads and opens the base. Bodies pass through without being unwrapped. Export an overlay with
/// `export_provider!(MyOverlay as "my-name" extends "aws-s3")`. An overlay may have the name of its base, which it then
/// overrides. The base may be an overlay too. [`Provider`](crate::Provider) documents the contract of each method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no overlay",
    label = "this type does not implement `longshore_provider::Overlay`",
    note = "`extends` exports an overlay: write `impl Overlay for {Self}` with `init` and `base`"
)]
pub trait Overlay: Sized + Send + Sync + 'static {
    /// The options that the overlay reads from `providerOptions`. An overlay without options of its own uses
    /// [`BaseOptions`](crate::BaseOptions): the configuration is then checked against the base's schema alone.
    type Options: ProviderOptions;

    /// Makes the overlay on an opened base.
    fn init(options: Self::Options, base: Base, context: InitContext) -> impl Future<Output = Result<Self>> + Send;

    /// The base that `init` received.
    fn base(&self) -> &Base;

    /// Makes the options of the base from the configured options, before the base is opened. The default returns them
    /// unchanged.
    fn base_options(options: Value) -> Result<Value> {
        Ok(options)
    }

    /// Whether `file` is private, for an overlay that decides it file by file. The defaults of
    /// [`upload`](Self::upload) and [`replace`](Self::replace) pass the decision to the base. The default of
    /// [`get_signed_url`](Self::get_signed_url) returns the plain URL of a public file. An overlay that implements one
    /// of these methods itself calls the base with [`Privacy::of_call`].
    ///
    /// [`is_private`](Self::is_private) must then return true: otherwise the host requests no signed URLs at all. The
    /// result for a stored file must be the result from its upload. Decide by values that every call carries, such as
    /// the key or the content type, or by the metadata that the upload returned.
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

    /// See [`Provider::replace`](crate::Provider::replace). An overlay that implements `upload` most likely has to
    /// implement `replace` too: the default calls the base, which does not know of the overlay.
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
