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
/// - `init` comes first and once; every other method comes after it, on the value that it returned;
/// - a [`File`] says where it is stored in one of the three ways that its documentation lists; once an upload
///   has answered a key, every later call carries that key;
/// - a [`Body`] is polled by nobody else, and ends the call's interest when it is dropped.
///
/// The provider guarantees:
///
/// - an upload that does not return `Ok` leaves nothing behind (see [`Cleanup`](crate::Cleanup));
/// - errors carry the right [`ErrorKind`]: callers act on it;
/// - memory is bounded by its options, never by the size of a file;
/// - what the caller made is dropped, and its memory freed by nobody but the caller's allocator.
///
/// # Cancellation
///
/// Whoever calls may lose interest at any await point. The future is then dropped; what must still happen
/// (abort a multipart upload, remove a temporary file) belongs into a [`Cleanup`](crate::Cleanup) guard,
/// which the library runs to its end.
///
/// # Concurrency
///
/// All methods may run at once, on several threads, also for one key. Two uploads of one key: one of them
/// wins whole. A reader sees the old bytes or the new ones, never a mixture.
///
/// # Panics and threads
///
/// A panic in any method, stream or `Drop` is caught and becomes an error of kind
/// [`Panic`](ErrorKind::Panic) for that one call; provider and host go on. (Two exceptions that no library can
/// catch: a panic while another one unwinds, and `panic = "abort"`, which therefore does not compile.) Methods
/// that do I/O run on a tokio runtime of the library's own; `is_private`, `check_file_size`, `get_signed_url`,
/// `url`, `key` and `extension` are first polled on the caller's thread and should not do more than compute before
/// they first wait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no storage provider",
    label = "this type does not implement `longshore_provider::Provider`",
    note = "write `impl Provider for {Self}` with `init`, `upload` and `delete`, or export an overlay with `extends`"
)]
pub trait Provider: Sized + Send + Sync + 'static {
    /// What stands in `providerOptions`: a struct of your own, declared within
    /// [`options!`](crate::options). The host checks the configuration against its schema before `init`.
    type Options: ProviderOptions;

    /// Makes the provider. Wrong options are [`ErrorKind::InvalidOptions`]; the message names the option
    /// and what is allowed, never its value. Do not depend on the service being reachable: that is
    /// [`health`](Self::health)'s to find out. An `init` of more than `limits.providerTimeout` seconds is
    /// given up.
    fn init(options: Self::Options, context: InitContext) -> impl Future<Output = Result<Self>> + Send;

    /// Stores `body` and answers under which key and URL. An existing file under that key is replaced whole,
    /// unless options or action options say not to ([`ErrorKind::AlreadyExists`]).
    ///
    /// Pull `body` as fast as you can store it, and no faster. If it fails or is not as long as
    /// [`Body::size`] says, return its error; nothing must stay behind.
    fn upload(&self, file: &File, body: Body, call: &Call) -> impl Future<Output = Result<Uploaded>> + Send;

    /// Removes the file. A missing one is no error: whoever deletes twice wants it gone.
    fn delete(&self, file: &File, call: &Call) -> impl Future<Output = Result<()>> + Send;

    /// Stores `new` in place of `old`: both may have the same key. Unless `old` is replaced whole, it is
    /// still there if this fails. The default uploads `new`, then deletes `old` if its key is another one.
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

    /// Whether files can be read only by signed URLs. The default says no.
    fn is_private(&self) -> impl Future<Output = Result<bool>> + Send {
        async { Ok(false) }
    }

    /// A URL by which `file` can be read for a while. The default answers the plain URL, unsigned.
    ///
    /// Called for many files in a row: cache what several signatures share.
    fn get_signed_url(&self, file: &File, options: &SignOptions) -> impl Future<Output = Result<SignedUrl>> + Send {
        let _ = options;
        async move { Ok(SignedUrl::unsigned(self.url(file).await?)) }
    }

    /// The plain public URL of `file`, whether or not anybody may read it. Computed, never asked for: the file
    /// need not exist. The default answers [`File::url`], or [`ErrorKind::Unsupported`] if there is none.
    fn url(&self, file: &File) -> impl Future<Output = Result<String>> + Send {
        async move { file.url.clone().ok_or_else(|| Error::unsupported("making a URL from a key")) }
    }

    /// The full key under which `file` is, or would be, stored. Computed like [`url`](Self::url): the file need not
    /// exist. An overlay asks its base, to keep something beside a file. The default returns [`File::key`], or
    /// [`ErrorKind::Unsupported`] if there is none: a provider that makes keys by
    /// [`object_key`](crate::key::object_key) returns what that returns.
    fn key(&self, file: &File) -> impl Future<Output = Result<String>> + Send {
        async move { file.key.clone().ok_or_else(|| Error::unsupported("making the key of a file")) }
    }

    /// Refuses a file larger than `size_limit` bytes with [`ErrorKind::TooLarge`]. The default compares
    /// [`File::size`]; an unknown size passes.
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

    /// What is known of the file without reading it. A missing file is [`ErrorKind::NotFound`].
    fn head(&self, file: &File, call: &Call) -> impl Future<Output = Result<ObjectMeta>> + Send {
        let _ = (file, call);
        async { Err(Error::unsupported("asking for a file's metadata")) }
    }

    /// Asks the service whether it can be reached and would accept calls. The default says that all is well.
    fn health(&self, call: &Call) -> impl Future<Output = Result<()>> + Send {
        let _ = call;
        async { Ok(()) }
    }

    /// Lists the files below the provider's root, page by page. This is the extension `list`: a provider that
    /// implements it says so in its export (`extensions ["list"]`).
    fn list(&self, request: &ListRequest, call: &Call) -> impl Future<Output = Result<ListPage>> + Send {
        let _ = (request, call);
        async { Err(Error::unsupported("listing")) }
    }

    /// Aborts uploads of `file` that were begun and never finished, and leaves a stored file as it is. The host calls
    /// this when it gives up a replacement: its own, or that of a host that died. A failure is for the provider to log.
    /// The default does nothing, which is right where an upload that breaks off leaves nothing behind.
    fn abort_uploads(&self, file: &File, call: &Call) -> impl Future<Output = Result<()>> + Send {
        let _ = (file, call);
        async { Ok(()) }
    }

    /// Answers an extension by its id: an ability that this interface has no method for. JSON in, JSON out,
    /// with a stream either way. An unknown id is [`ErrorKind::Unsupported`], as the default answers. Ids that
    /// begin with `longshore.` are the interface's own.
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

    /// What the base of an overlay gets as its options. Overlays have a method of their own for this.
    #[doc(hidden)]
    fn base_options(options: Value) -> Result<Value> {
        Ok(options)
    }
}
