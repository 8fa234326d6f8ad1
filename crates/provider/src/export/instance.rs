//! An author's provider behind the wire interface.

use std::sync::Arc;

use longshore_provider_abi::{
    FfiFuture, RString, RVec,
    v1::{
        Reply, WireCall, WireDone, WireExtension, WireFile, WireFlag, WireMeta, WireOpened, WireProvider, WireRange,
        WireSign, WireSigned, WireStream, WireUploaded,
    },
};
use serde_json::Value;

use super::call::{CallOptions, Calls};
use crate::{
    Base, Body, Call, Error, File, Provider, Result, SignOptions, SignedUrl,
    current_call::{Identity, Operation},
    dropped::Dropped,
    host::PANIC,
    runtime::{library, metrics::RUNTIME},
    wire::{
        call_from, file_from, meta_to, opened_to, place_from, range_from, sign_from, signed_to, uploaded_to, value_from,
    },
};

/// The id of the extension behind [`Provider::list`].
pub(crate) const LIST: &str = "list";
/// The id of the extension behind [`Provider::abort_uploads`].
pub(crate) const ABORT_UPLOADS: &str = "longshore.abort-uploads";

/// A provider and its running calls. The calls share the provider, and the last call to end may drop it.
pub(super) struct Instance<P: Send + 'static> {
    provider: Arc<Dropped<P>>,
    calls: Calls,
    identity: Identity,
    /// The base of an overlay. It is shut down with the overlay.
    base: Option<Base>,
}

impl<P: Provider> Instance<P> {
    pub(super) fn new(provider: P, identity: Identity, base: Option<Base>) -> Self {
        let provider = Arc::new(Dropped::new(provider, identity.clone()));
        Self { provider, calls: Calls::new(), identity, base }
    }

    fn provider(&self) -> Arc<Dropped<P>> {
        Arc::clone(&self.provider)
    }
}

impl<P: Provider> WireProvider for Instance<P> {
    fn upload(&self, call: WireCall, file: WireFile, body: WireStream) -> FfiFuture<Reply<WireUploaded>> {
        let terms = CallOptions::of(&call, &self.identity, Operation::Upload);
        let (provider, call, file) = (self.provider(), call_from(call), file_from(file));
        let work = async move { provider.upload(&file, Body::from_wire(body), &call).await.map(uploaded_to) };
        self.calls.spawn(terms, Box::pin(work))
    }

    fn replace(
        &self,
        call: WireCall,
        new: WireFile,
        old: WireFile,
        body: WireStream,
    ) -> FfiFuture<Reply<WireUploaded>> {
        let terms = CallOptions::of(&call, &self.identity, Operation::Replace);
        let (provider, call, new, old) = (self.provider(), call_from(call), file_from(new), file_from(old));
        let work = async move { provider.replace(&new, &old, Body::from_wire(body), &call).await.map(uploaded_to) };
        self.calls.spawn(terms, Box::pin(work))
    }

    fn delete(&self, call: WireCall, file: WireFile) -> FfiFuture<Reply<WireDone>> {
        let terms = CallOptions::of(&call, &self.identity, Operation::Delete);
        let (provider, call, file) = (self.provider(), call_from(call), file_from(file));
        self.calls.spawn(terms, Box::pin(async move { provider.delete(&file, &call).await.map(done) }))
    }

    fn open(&self, call: WireCall, file: WireFile, range: WireRange) -> FfiFuture<Reply<WireOpened>> {
        let terms = CallOptions::of(&call, &self.identity, Operation::Open);
        let (provider, call, file) = (self.provider(), call_from(call), file_from(file));
        self.calls
            .spawn(terms, Box::pin(async move { provider.open(&file, range_from(range), &call).await.map(opened_to) }))
    }

    fn head(&self, call: WireCall, file: WireFile) -> FfiFuture<Reply<WireMeta>> {
        let terms = CallOptions::of(&call, &self.identity, Operation::Head);
        let (provider, call, file) = (self.provider(), call_from(call), file_from(file));
        self.calls.spawn(terms, Box::pin(async move { provider.head(&file, &call).await.map(meta_to) }))
    }

    fn health(&self, call: WireCall) -> FfiFuture<Reply<WireDone>> {
        let terms = CallOptions::of(&call, &self.identity, Operation::Health);
        let (provider, call) = (self.provider(), call_from(call));
        self.calls.spawn(terms, Box::pin(async move { provider.health(&call).await.map(done) }))
    }

    fn is_private(&self, call: WireCall) -> FfiFuture<Reply<WireFlag>> {
        let (provider, terms) = (self.provider(), CallOptions::of(&call, &self.identity, Operation::IsPrivate));
        self.calls.inline(terms, Box::pin(async move { provider.is_private().await.map(|yes| WireFlag { yes }) }))
    }

    fn check_file_size(&self, call: WireCall, file: WireFile, limit: u64) -> FfiFuture<Reply<WireDone>> {
        let (provider, terms, file) =
            (self.provider(), CallOptions::of(&call, &self.identity, Operation::CheckFileSize), file_from(file));
        self.calls.inline(terms, Box::pin(async move { provider.check_file_size(&file, limit).await.map(done) }))
    }

    fn get_signed_urls(
        &self,
        call: WireCall,
        files: RVec<WireFile>,
        options: WireSign,
    ) -> FfiFuture<Reply<RVec<WireSigned>>> {
        let (provider, terms, plain) =
            (self.provider(), CallOptions::of(&call, &self.identity, Operation::GetSignedUrls), options.plain);
        let options = sign_from(&options);
        self.calls.inline(
            terms,
            Box::pin(async move {
                let mut answers = Vec::with_capacity(files.len());
                for file in files {
                    answers.push(signed_to(url_of(&**provider, &file_from(file), &options, plain).await));
                }
                Ok(RVec::from(answers))
            }),
        )
    }

    fn key(&self, call: WireCall, file: WireFile) -> FfiFuture<Reply<RString>> {
        let (provider, terms, file) =
            (self.provider(), CallOptions::of(&call, &self.identity, Operation::Key), file_from(file));
        self.calls.inline(terms, Box::pin(async move { provider.key(&file).await.map(RString::from) }))
    }

    fn extension(&self, call: WireCall, request: WireExtension) -> FfiFuture<Reply<WireExtension>> {
        let terms = CallOptions::of(&call, &self.identity, Operation::Extension);
        let (provider, call) = (self.provider(), call_from(call));
        self.calls.inline(terms, Box::pin(async move { extend(&**provider, request, &call).await }))
    }

    fn shutdown(&self, call: WireCall) -> FfiFuture<Reply<WireDone>> {
        self.calls.shut_down(CallOptions::of(&call, &self.identity, Operation::Shutdown), self.base.clone())
    }
}

fn done((): ()) -> WireDone {
    WireDone::default()
}

async fn url_of<P: Provider>(provider: &P, file: &File, options: &SignOptions, plain: bool) -> Result<SignedUrl> {
    if plain { provider.url(file).await.map(SignedUrl::unsigned) } else { provider.get_signed_url(file, options).await }
}

/// Dispatches an extension by its id. [`PANIC`] and [`RUNTIME`] are handled here, without the author's code. [`LIST`]
/// and [`ABORT_UPLOADS`] have methods of their own. Every other id goes to the author's `extension` unchanged.
async fn extend<P: Provider>(provider: &P, mut request: WireExtension, call: &Call) -> Result<WireExtension> {
    assert!(request.id != PANIC, "the host asked for a panic");
    if request.id == RUNTIME {
        let json = RString::from(library().busy().to_string());
        return Ok(WireExtension { id: request.id, json, stream: RVec::new() });
    }
    let stream = request.stream.pop().map(Body::from_wire);
    let input = value_from(&request.json).unwrap_or(Value::Null);
    let (output, stream) = match request.id.as_str() {
        LIST => (list(provider, input, call).await?, None),
        ABORT_UPLOADS => {
            provider.abort_uploads(&place_from(input)?, call).await?;
            (Value::Null, None)
        }
        id => provider.extension(id, input, stream, call).await?,
    };
    Ok(WireExtension {
        id: request.id,
        json: RString::from(output.to_string()),
        stream: stream.map(Body::into_wire).into_iter().collect(),
    })
}

async fn list<P: Provider>(provider: &P, input: Value, call: &Call) -> Result<Value> {
    let request = serde_json::from_value(input)
        .map_err(|error| Error::invalid_input("the list request cannot be read").caused_by(&error))?;
    let page = provider.list(&request, call).await?;
    serde_json::to_value(page).map_err(|error| Error::internal("the page cannot be written as JSON").caused_by(&error))
}
