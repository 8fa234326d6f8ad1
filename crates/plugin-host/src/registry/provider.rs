//! An opened provider, as the rest of the host uses it.

use std::sync::{Arc, atomic::Ordering};

use longshore_provider::{
    Body, ByteRange, Call, Error, ErrorKind, File, Handle, ListPage, ListRequest, METADATA_LIMIT, ObjectMeta, Opened,
    Result, SignOptions, SignedUrl, Uploaded, check_url, futures::TryStreamExt,
};
use tracing::{Instrument, Span};

use super::{
    actions::Actions,
    call_span::call_span,
    limited::{Refusal, limited},
    provider_metrics::{Latency, Method, ProviderMetrics},
    runtimes::Layer,
};
use crate::trace_parent;

/// An opened provider with its configuration: each call carries the configured action options, and every upload
/// carries what the outermost layer says about privacy.
///
/// Whether it came from a library or is linked in, nobody can tell.
pub struct Provider {
    /// Its own name, then those of the bases that it extends.
    names: Vec<String>,
    handle: Handle,
    /// As `names` has them.
    layers: Vec<Layer>,
    actions: Actions,
    extensions: Vec<String>,
    size_limit: Option<u64>,
    metrics: Arc<ProviderMetrics>,
}

impl Provider {
    /// `handles` are its own, then those of the bases, as `names` has them.
    pub(super) fn new(
        names: Vec<String>,
        handles: Vec<Handle>,
        actions: Actions,
        extensions: Vec<String>,
        size_limit: Option<u64>,
    ) -> Self {
        let handle = handles.first().expect("a provider has at least one layer").clone();
        let layers = handles.into_iter().map(Layer::new).collect();
        Self { names, handle, layers, actions, extensions, size_limit, metrics: Arc::new(ProviderMetrics::new()) }
    }

    /// The same, for files of at most so many bytes, as [`check_file_size`](longshore_provider::Provider::check_file_size)
    /// understands it.
    #[must_use]
    pub fn with_size_limit(self, bytes: u64) -> Self {
        Self { size_limit: Some(bytes), ..self }
    }

    /// The name under which it is configured.
    pub fn name(&self) -> &str {
        &self.names[0]
    }

    /// Its own name, then those of the bases that it extends: what to keep with a file, for
    /// [`Registry::serving`](super::Registry::serving).
    pub fn chain(&self) -> &[String] {
        &self.names
    }

    /// Itself and the bases that it extends, with their names.
    pub(super) fn layers(&self) -> impl DoubleEndedIterator<Item = (&str, &Layer)> {
        self.names.iter().map(String::as_str).zip(&self.layers)
    }

    /// Whether it serves files that were stored by `name`: its own, or one that it extends.
    pub fn serves(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    /// The extensions that it declares.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// The provider itself, without what the configuration adds.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// How often each method was called so far, and with which outcome: `None` is success. A call that was dropped
    /// before it ended is not counted.
    pub fn calls(&self) -> impl Iterator<Item = (Method, Option<ErrorKind>, u64)> {
        self.metrics.counts()
    }

    /// How many calls of each method are under way. The bytes of a file that is read come after its call.
    pub fn in_flight(&self) -> impl Iterator<Item = (Method, u64)> {
        self.metrics.in_flight()
    }

    /// How long the calls took that have ended, of each method that was called.
    pub fn latencies(&self) -> impl Iterator<Item = Latency> {
        self.metrics.latencies()
    }

    /// How many bytes of files were stored so far, and how many were read.
    pub fn bytes(&self) -> (u64, u64) {
        (self.metrics.stored.load(Ordering::Relaxed), self.metrics.read.load(Ordering::Relaxed))
    }

    /// Stores a file, unless it is over `upload.config.sizeLimit`: where that is not known before, its body fails at
    /// its end.
    pub async fn upload(&self, file: &File, body: Body) -> Result<Uploaded> {
        let storing = async {
            let size = body.size();
            let call = self.upload_call(file, size).await?;
            let (body, refusal) = self.limited(file, body);
            let upload = async { refusal.or(self.handle.upload(file, body, &call).await) };
            let stored = self.metrics.measure(Method::Upload, upload).await;
            let stored = self.stored(size, stored)?;
            if let Err(error) = self.check_uploaded(&stored) {
                // A failed upload leaves nothing behind.
                if let Err(undoing) = self.handle.delete(&File::stored(&stored.key), &self.call("delete")).await {
                    tracing::warn!(key = stored.key, "an upload that was refused is still stored: {undoing}");
                }
                return Err(error);
            }
            Ok(stored)
        };
        storing.instrument(self.span(Method::Upload.name())).await
    }

    /// Stores `new` in place of `old`, under the same limit.
    pub async fn replace(&self, new: &File, old: &File, body: Body) -> Result<Uploaded> {
        let storing = async {
            let size = body.size();
            let call = self.upload_call(new, size).await?;
            let (body, refusal) = self.limited(new, body);
            let replace = async { refusal.or(self.handle.replace(new, old, body, &call).await) };
            let stored = self.metrics.measure(Method::Replace, replace).await;
            let stored = self.stored(size, stored)?;
            self.check_uploaded(&stored).map(|()| stored)
        };
        storing.instrument(self.span(Method::Replace.name())).await
    }

    /// Removes a file.
    pub async fn delete(&self, file: &File) -> Result<()> {
        self.measured(Method::Delete, self.handle.delete(file, &self.call("delete"))).await
    }

    /// Aborts uploads of a file that were begun and never finished. The file itself stays.
    pub async fn abort_uploads(&self, file: &File) -> Result<()> {
        let call = self.call("delete");
        self.handle.abort_uploads(file, &call).instrument(self.span("abort_uploads")).await
    }

    /// Opens a file for reading.
    pub async fn open_file(&self, file: &File, range: Option<ByteRange>) -> Result<Opened> {
        let (call, span) = (self.call("open"), self.span(Method::Open.name()));
        let opening = self.metrics.measure(Method::Open, self.handle.open(file, range, &call));
        let mut opened = opening.instrument(span.clone()).await?;
        let (size, metrics) = (opened.body.size(), Arc::clone(&self.metrics));
        let counted = opened.body.inspect_ok(move |chunk| {
            // What the library logs while the file is read belongs to the call.
            let _still_open = &span;
            metrics.read.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        });
        opened.body = Body::from_stream(counted, size);
        Ok(opened)
    }

    /// What is known of a stored file.
    pub async fn head(&self, file: &File) -> Result<ObjectMeta> {
        self.measured(Method::Head, self.handle.head(file, &self.call("head"))).await
    }

    /// Whether the service would accept calls.
    pub async fn health(&self) -> Result<()> {
        self.measured(Method::Health, self.handle.health(&self.call("health"))).await
    }

    /// Whether files can be read only by signed URLs.
    pub async fn is_private(&self) -> Result<bool> {
        self.handle.is_private().instrument(self.span("is_private")).await
    }

    /// One page of the files below the provider's root.
    pub async fn list(&self, request: &ListRequest) -> Result<ListPage> {
        self.measured(Method::List, self.handle.list(request, &self.call("list"))).await
    }

    /// The URL to read a file by: signed if the provider is private, else the plain one.
    pub async fn url(&self, file: &File, options: SignOptions) -> Result<SignedUrl> {
        if self.is_private().await? {
            let signed = self.measured(Method::Sign, self.handle.get_signed_url(file, &self.sign(options))).await?;
            self.check_signed(signed)
        } else {
            let url = self.handle.url(file).instrument(self.span("url")).await?;
            self.check_signed(SignedUrl::unsigned(url))
        }
    }

    /// Signs a whole batch: an answer for each file, in their order.
    pub async fn get_signed_urls(&self, files: &[File], options: SignOptions) -> Result<Vec<Result<SignedUrl>>> {
        let signed = self.measured(Method::Sign, self.handle.get_signed_urls(files, &self.sign(options))).await?;
        Ok(signed.into_iter().map(|url| self.check_signed(url?)).collect())
    }

    /// Counts and times a call, within the call's span.
    async fn measured<T>(&self, method: Method, call: impl Future<Output = Result<T>>) -> Result<T> {
        self.metrics.measure(method, call).instrument(self.span(method.name())).await
    }

    fn span(&self, method: &'static str) -> Span {
        call_span(self.name(), method)
    }

    /// What the interface asks of the answer of an upload, whoever made the library.
    fn check_uploaded(&self, uploaded: &Uploaded) -> Result<()> {
        self.check_url(&uploaded.url)?;
        let size = uploaded.provider_metadata.as_ref().map_or(0, |metadata| metadata.to_string().len());
        if size <= METADATA_LIMIT {
            return Ok(());
        }
        let name = self.name();
        let message = format!(
            "the provider `{name}` returned {size} bytes of metadata for a file, more than the limit of {METADATA_LIMIT}"
        );
        Err(Error::internal(message))
    }

    fn check_signed(&self, url: SignedUrl) -> Result<SignedUrl> {
        self.check_url(&url.url).map(|()| url)
    }

    fn check_url(&self, url: &str) -> Result<()> {
        check_url(url).map_err(|error| {
            Error::internal(format!("the provider `{}` returned a URL that cannot be used", self.name()))
                .caused_by(&error)
        })
    }

    /// Counts the bytes of a file that was stored; `size` is what was known of them before.
    fn stored(&self, size: Option<u64>, stored: Result<Uploaded>) -> Result<Uploaded> {
        if let Ok(uploaded) = &stored {
            let bytes = uploaded.size.or(size).unwrap_or(0);
            self.metrics.stored.fetch_add(bytes, Ordering::Relaxed);
        }
        stored
    }

    /// A body that is checked at its end, if its size is not known before.
    fn limited(&self, file: &File, body: Body) -> (Body, Refusal) {
        match self.size_limit {
            Some(limit) if file.size.or(body.size()).is_none() => limited(body, file, limit, &self.handle),
            _ => (body, Refusal::default()),
        }
    }

    async fn upload_call(&self, file: &File, size: Option<u64>) -> Result<Call> {
        if let Some(limit) = self.size_limit {
            let mut known = file.clone();
            known.size = file.size.or(size);
            self.handle.check_file_size(&known, limit).await?;
        }
        let private = self.handle.is_private().await?;
        Ok(self.call("upload").with_private(private))
    }

    fn call(&self, method: &str) -> Call {
        let mut call = Call::new().with_action_options(self.actions.of(method));
        call.trace_parent = trace_parent::current();
        call
    }

    fn sign(&self, mut options: SignOptions) -> SignOptions {
        let mut configured = self.actions.of("getSignedUrl");
        configured.extend(std::mem::take(&mut options.action_options));
        options.action_options = configured;
        options
    }
}
