//! The trait that a provider implements.

use std::future::Future;

use serde_json::Value;

use crate::{
    Body, ByteRange, Call, Error, ErrorKind, File, InitContext, ListPage, ListRequest, ObjectMeta, Opened,
    ProviderOptions, Result, SignOptions, SignedUrl, Uploaded,
};

/// Storage for the files of a media library. Implement it with ordinary `async fn`s, and export it with
/// [`export_provider!`](crate::export_provider).
///
/// Only [`init`](Self::init), [`upload`](Self::upload) and [`delete`](Self::delete) must be written.
///
/// # Contract
///
/// The caller guarantees:
///
/// - `init` is called first and once; every other method is called later, on the value that `init` returned;
/// - a [`File`] gives its key in one of the three ways that its documentation lists; after an upload has returned a
///   key, every later call carries that key;
/// - a [`Body`] has no other reader, and its producer stops when the body is dropped.
///
/// The provider guarantees:
///
/// - an upload that does not return `Ok` leaves nothing behind (see [`Cleanup`](crate::Cleanup));
/// - errors carry the right [`ErrorKind`], because callers act on it;
/// - its memory is bounded by its options, never by the size of a file;
/// - values from the caller are dropped, and only the caller's allocator frees their memory.
///
/// # Cancellation
///
/// The caller may cancel a call at any await point. The future is then dropped. Work that must still happen (abort a
/// multipart upload, remove a temporary file) belongs into a [`Cleanup`](crate::Cleanup) guard, which the library runs
/// to its end.
///
/// # Concurrency
///
/// All methods may run at the same time, on several threads, also for one key. If two uploads write one key, one of
/// them wins whole. A reader sees the old bytes or the new bytes, never a mixture.
///
/// # Panics and threads
///
/// A panic in any method, stream or `Drop` is caught and becomes an error of kind
/// [`Panic`](ErrorKind::Panic) for that one call. The provider and the host go on. (No library can catch a panic while
/// another panic unwinds, or a panic under `panic = "abort"`, which therefore does not compile.)
///
/// Methods that do I/O run on the library's own tokio runtime. `is_private`, `check_file_size`, `get_signed_url`,
/// `url`, `key` and `extension` are first polled on the caller's thread, and should only compute before they first
/// wait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no storage provider",
    label = "this type does not implement `longshore_provider::Provider`",
    note = "write `impl Provider for {Self}` with `init`, `upload` and `delete`, or export an overlay with `extends`"
)]
pub trait Provider: Sized + Send + Sync + 'static {
    /// The type of `providerOptions`: a struct of your own, declared within [`options!`](crate::options). The host
    /// checks the configuration against its schema before `init`.
    type Options: ProviderOptions;

    /// Makes the provider. Wrong options are [`ErrorKind::InvalidOptions`]. The message names the option and the
    /// allowed values, never the configured value. Do not depend on the service being reachable, which
    /// [`health`](Self::health) checks. The host gives up an `init` that takes more than `limits.providerTimeout`
    /// seconds.
    fn init(options: Self::Options, context: InitContext) -> impl Future<Output = Result<Self>> + Send;

    /// Stores `body`, and returns its key and URL. An existing file under that key is replaced whole, unless options or
    /// action options forbid it ([`ErrorKind::AlreadyExists`]).
    ///
    /// Pull `body` as fast as you can store it, and no faster. If the body fails or is not as long as [`Body::size`],
    /// return its error. No part of the upload may stay behind.
    fn upload(&self, file: &File, body: Body, call: &Call) -> impl Future<Output = Result<Uploaded>> + Send;

    /// Removes the file. A missing file is no error, because a caller may delete a file twice.
    fn delete(&self, file: &File, call: &Call) -> impl Future<Output = Result<()>> + Send;

    /// Stores `new` in place of `old`. Both may have the same key. If this method fails, `old` is still there unless it
    /// has been replaced whole. The default uploads `new`, and then deletes `old` if its key is a different one.
    fn replace(
        &self,
        new: &File,
        old: &File,
        body: Body,
        call: &Call,
    ) -> impl Future<Output = Result<Uploaded>> + Send {
        async move {
            let uploaded = self.upload(new, body, call).await?;
            if old.key.as_ref().is_some_and(|key| *key != uploaded.key) {
                self.delete(old, call).await?;
            }
            Ok(uploaded)
        }
    }

    /// Whether files can be read only by signed URLs. The default returns false.
    fn is_private(&self) -> impl Future<Output = Result<bool>> + Send {
        async { Ok(false) }
    }

    /// A URL by which `file` can be read for a limited time. The default returns the plain URL, unsigned.
    ///
    /// The host calls this method for many files in a row: cache values that several signatures share.
    fn get_signed_url(&self, file: &File, options: &SignOptions) -> impl Future<Output = Result<SignedUrl>> + Send {
        let _ = options;
        async move { Ok(SignedUrl::unsigned(self.url(file).await?)) }
    }

    /// The plain public URL of `file`, whether or not the file is public. The URL is computed without a request to the
    /// service: the file need not exist. The default returns [`File::url`], or [`ErrorKind::Unsupported`] if there is
    /// none.
    fn url(&self, file: &File) -> impl Future<Output = Result<String>> + Send {
        async move { file.url.clone().ok_or_else(|| Error::unsupported("making a URL from a key")) }
    }

    /// The full key under which `file` is, or would be, stored. The key is computed like [`url`](Self::url): the file
    /// need not exist. An overlay calls this method on its base to store something beside a file. The default returns
    /// [`File::key`], or [`ErrorKind::Unsupported`] if there is none. A provider that makes keys with
    /// [`object_key`](crate::key::object_key) returns the result of that function.
    fn key(&self, file: &File) -> impl Future<Output = Result<String>> + Send {
        async move { file.key.clone().ok_or_else(|| Error::unsupported("making the key of a file")) }
    }

    /// Refuses a file larger than `size_limit` bytes with [`ErrorKind::TooLarge`]. The default compares
    /// [`File::size`]. An unknown size passes.
    fn check_file_size(&self, file: &File, size_limit: u64) -> impl Future<Output = Result<()>> + Send {
        async move {
            match file.size {
                Some(size) if size > size_limit => {
                    let names = [Some(&file.name), file.relative_key.as_ref(), file.key.as_ref()];
                    let name = names.into_iter().flatten().find(|name| !name.is_empty());
                    let name = name.map_or_else(|| "the file".to_owned(), |name| format!("`{name}`"));
                    let message = format!("{name} has {size} bytes, more than the limit of {size_limit}");
                    Err(Error::new(ErrorKind::TooLarge, message))
                }
                _ => Ok(()),
            }
        }
    }

    /// Opens the file, or a part of it, for reading. A missing file is [`ErrorKind::NotFound`]. A range that
    /// starts at the end or behind it is [`ErrorKind::InvalidInput`], unless it starts at 0: an empty file can be
    /// opened too, and has no bytes.
    fn open(&self, file: &File, range: Option<ByteRange>, call: &Call) -> impl Future<Output = Result<Opened>> + Send {
        let _ = (file, range, call);
        async { Err(Error::unsupported("reading files")) }
    }

    /// The metadata of the file, without its bytes. A missing file is [`ErrorKind::NotFound`].
    fn head(&self, file: &File, call: &Call) -> impl Future<Output = Result<ObjectMeta>> + Send {
        let _ = (file, call);
        async { Err(Error::unsupported("asking for a file's metadata")) }
    }

    /// Checks whether the service can be reached and would accept calls. The default returns `Ok`.
    fn health(&self, call: &Call) -> impl Future<Output = Result<()>> + Send {
        let _ = call;
        async { Ok(()) }
    }

    /// Lists the files below the provider's root, page by page. This is the extension `list`: a provider that
    /// implements it declares it in its export (`extensions ["list"]`).
    fn list(&self, request: &ListRequest, call: &Call) -> impl Future<Output = Result<ListPage>> + Send {
        let _ = (request, call);
        async { Err(Error::unsupported("listing")) }
    }

    /// Aborts uploads of `file` that were begun and never finished, and leaves a stored file unchanged. The host calls
    /// this method when it gives up a replacement: its own, or the replacement of a host that died. The provider logs
    /// failures itself. The default does nothing, which is right where an interrupted upload leaves nothing behind.
    fn abort_uploads(&self, file: &File, call: &Call) -> impl Future<Output = Result<()>> + Send {
        let _ = (file, call);
        async { Ok(()) }
    }

    /// Runs an extension by its id: an ability that this interface has no method for. Input and output are JSON, each
    /// with an optional stream. An unknown id is [`ErrorKind::Unsupported`], which the default returns. Ids that begin
    /// with `longshore.` are reserved for the interface.
    fn extension(
        &self,
        id: &str,
        input: Value,
        stream: Option<Body>,
        call: &Call,
    ) -> impl Future<Output = Result<(Value, Option<Body>)>> + Send {
        let _ = (input, stream, call);
        let error = Error::unsupported(format_args!("the extension `{id}`"));
        async { Err(error) }
    }

    /// Makes the options of an overlay's base. Overlays have a method of their own for this.
    #[doc(hidden)]
    fn base_options(options: Value) -> Result<Value> {
        Ok(options)
    }
}
