//! The caller's side of the boundary: calls to a provider through the wire interface.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use longshore_provider_abi::{
    RString, RVec,
    v1::{ProviderObject, Reply, WireExtension, share},
};
use serde_json::Value;

use crate::{
    Body, ByteRange, Call, Error, ErrorKind, File, ListPage, ListRequest, ObjectMeta, Opened, Result, SignOptions,
    SignedUrl, Uploaded,
    export::{ABORT_UPLOADS, LIST},
    logging::outgoing,
    wire::{
        call_to, error_from, file_to, meta_from, opened_from, place_to, range_to, sign_to, signed_from, uploaded_from,
        value_from,
    },
};

/// A provider on the other side of the boundary. Its methods are those of [`Provider`](crate::Provider).
///
/// A clone refers to the same provider. Dropping a call's future stops the provider's work on the call. The base of an
/// overlay is a `Handle`.
#[derive(Clone)]
pub struct Handle {
    object: Arc<ProviderObject>,
}

/// The time that the caller waits for the provider's own result after a call's timeout. A failed call may wait a second
/// for its clean-ups, and the machine may be busy.
const ANSWER_GRACE: Duration = Duration::from_millis(2500);

/// The opened base of an [`Overlay`](crate::Overlay).
pub type Base = Handle;

impl Handle {
    #[doc(hidden)]
    pub fn from_object(object: ProviderObject) -> Self {
        Self { object: Arc::new(object) }
    }

    pub(crate) fn to_object(&self) -> ProviderObject {
        share(&self.object)
    }

    /// See [`Provider::upload`](crate::Provider::upload).
    pub async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let (scope, _open) = outgoing();
        answer_in_time(call, self.object.upload(call_to(call, scope), file_to(file), body.into_wire()))
            .await
            .map(uploaded_from)
    }

    /// See [`Provider::delete`](crate::Provider::delete).
    pub async fn delete(&self, file: &File, call: &Call) -> Result<()> {
        let (scope, _open) = outgoing();
        answer_in_time(call, self.object.delete(call_to(call, scope), file_to(file))).await.map(|_| ())
    }

    /// See [`Provider::replace`](crate::Provider::replace).
    pub async fn replace(&self, new: &File, old: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let (scope, _open) = outgoing();
        let reply = self.object.replace(call_to(call, scope), file_to(new), file_to(old), body.into_wire());
        answer_in_time(call, reply).await.map(uploaded_from)
    }

    /// See [`Provider::is_private`](crate::Provider::is_private).
    pub async fn is_private(&self) -> Result<bool> {
        let (scope, _open) = outgoing();
        answer(self.object.is_private(call_to(&Call::default(), scope))).await.map(|flag| flag.yes)
    }

    /// See [`Provider::get_signed_url`](crate::Provider::get_signed_url).
    pub async fn get_signed_url(&self, file: &File, options: &SignOptions) -> Result<SignedUrl> {
        one(self.urls(std::slice::from_ref(file), options, false).await?)
    }

    /// Signs a whole batch in one crossing. The results are in the order of `files`, one for each file.
    ///
    /// # Errors
    ///
    /// Only when the call itself fails. The error of a file that cannot be signed is in that file's own result.
    pub async fn get_signed_urls(&self, files: &[File], options: &SignOptions) -> Result<Vec<Result<SignedUrl>>> {
        self.urls(files, options, false).await
    }

    /// See [`Provider::url`](crate::Provider::url).
    pub async fn url(&self, file: &File) -> Result<String> {
        let urls = self.urls(std::slice::from_ref(file), &SignOptions::default(), true).await?;
        one(urls).map(|url| url.url)
    }

    /// See [`Provider::key`](crate::Provider::key).
    pub async fn key(&self, file: &File) -> Result<String> {
        let (scope, _open) = outgoing();
        answer(self.object.key(call_to(&Call::default(), scope), file_to(file))).await.map(RString::into_string)
    }

    /// See [`Provider::check_file_size`](crate::Provider::check_file_size).
    pub async fn check_file_size(&self, file: &File, size_limit: u64) -> Result<()> {
        let (scope, _open) = outgoing();
        let reply = self.object.check_file_size(call_to(&Call::default(), scope), file_to(file), size_limit);
        answer(reply).await.map(|_| ())
    }

    /// See [`Provider::open`](crate::Provider::open).
    pub async fn open(&self, file: &File, range: Option<ByteRange>, call: &Call) -> Result<Opened> {
        let (scope, _open) = outgoing();
        answer_in_time(call, self.object.open(call_to(call, scope), file_to(file), range_to(range)))
            .await
            .map(opened_from)
    }

    /// See [`Provider::head`](crate::Provider::head).
    pub async fn head(&self, file: &File, call: &Call) -> Result<ObjectMeta> {
        let (scope, _open) = outgoing();
        answer_in_time(call, self.object.head(call_to(call, scope), file_to(file))).await.map(meta_from)
    }

    /// See [`Provider::health`](crate::Provider::health).
    pub async fn health(&self, call: &Call) -> Result<()> {
        let (scope, _open) = outgoing();
        answer_in_time(call, self.object.health(call_to(call, scope))).await.map(|_| ())
    }

    /// See [`Provider::list`](crate::Provider::list).
    pub async fn list(&self, request: &ListRequest, call: &Call) -> Result<ListPage> {
        let request = serde_json::to_value(request)
            .map_err(|error| Error::internal("the list request cannot be written").caused_by(&error))?;
        let (page, _) = self.extension(LIST, request, None, call).await?;
        serde_json::from_value(page)
            .map_err(|error| Error::internal("the provider answered no page of a listing").caused_by(&error))
    }

    /// See [`Provider::abort_uploads`](crate::Provider::abort_uploads). A shared library that was built before the
    /// method existed does nothing.
    pub async fn abort_uploads(&self, file: &File, call: &Call) -> Result<()> {
        match self.extension(ABORT_UPLOADS, place_to(file)?, None, call).await {
            Err(error) if error.kind() != ErrorKind::Unsupported => Err(error),
            _ => Ok(()),
        }
    }

    /// See [`Provider::extension`](crate::Provider::extension).
    pub async fn extension(
        &self,
        id: &str,
        input: Value,
        stream: Option<Body>,
        call: &Call,
    ) -> Result<(Value, Option<Body>)> {
        let request = WireExtension {
            id: RString::from(id),
            json: RString::from(input.to_string()),
            stream: stream.map(Body::into_wire).into_iter().collect(),
        };
        let (scope, _open) = outgoing();
        let mut answer = answer_in_time(call, self.object.extension(call_to(call, scope), request)).await?;
        let output = value_from(&answer.json).unwrap_or(Value::Null);
        Ok((output, answer.stream.pop().map(Body::from_wire)))
    }

    /// Refuses new calls, and resolves when the running calls and all clean-ups have ended.
    ///
    /// # Errors
    ///
    /// [`Timeout`](ErrorKind::Timeout) when a call or a clean-up is still running after `limit`.
    pub async fn shutdown(&self, limit: Duration) -> Result<()> {
        let (scope, _open) = outgoing();
        let call = Call::new().with_timeout(limit);
        answer_in_time(&call, self.object.shutdown(call_to(&call, scope))).await.map(|_| ())
    }

    async fn urls(&self, files: &[File], options: &SignOptions, plain: bool) -> Result<Vec<Result<SignedUrl>>> {
        let wire: RVec<_> = files.iter().map(file_to).collect();
        let (scope, _open) = outgoing();
        let reply = self.object.get_signed_urls(call_to(&Call::default(), scope), wire, sign_to(options, plain));
        let urls: Vec<_> = answer(reply).await?.into_iter().map(signed_from).collect();
        if urls.len() == files.len() {
            return Ok(urls);
        }
        let message = format!("the provider answered {} URLs for {} files", urls.len(), files.len());
        Err(Error::new(ErrorKind::Internal, message))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

fn one(urls: Vec<Result<SignedUrl>>) -> Result<SignedUrl> {
    urls.into_iter().next().unwrap_or_else(|| Err(Error::internal("the provider answered no URL")))
}

/// The result of a call. The library ends a call at its timeout. A call that blocks its thread cannot be ended, and
/// this function then returns a timeout without it. Outside of a tokio runtime, this function sets no limit of its own.
async fn answer_in_time<T>(call: &Call, reply: impl Future<Output = Reply<T>>) -> Result<T> {
    let Some(timeout) = call.timeout.filter(|_| tokio::runtime::Handle::try_current().is_ok()) else {
        return answer(reply).await;
    };
    let limit = timeout.saturating_add(ANSWER_GRACE);
    tokio::time::timeout(limit, answer(reply)).await.unwrap_or_else(|_| {
        let message = format!("the call did not end within {timeout:?}, and its provider does not stop it");
        Err(Error::new(ErrorKind::Timeout, message))
    })
}

async fn answer<T>(reply: impl Future<Output = Reply<T>>) -> Result<T> {
    reply.await.into_result().map_err(error_from)
}
