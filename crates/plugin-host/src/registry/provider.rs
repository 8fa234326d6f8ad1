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
    runtimes::OpenedLayer,
};
use crate::trace_parent;

/// An opened provider with its configuration. Each call contains the configured action options, and every upload
/// contains the privacy that the outermost layer reports.
///
/// The interface is the same for a provider of a library and for a linked provider.
pub struct Provider {
    /// The provider's own name, then the names of its bases.
    names: Vec<String>,
    handle: Handle,
    /// The layers in the order of `names`.
    layers: Vec<OpenedLayer>,
    actions: Actions,
    extensions: Vec<String>,
    size_limit: Option<u64>,
    metrics: Arc<ProviderMetrics>,
}

impl Provider {
    /// `handles` are the provider's own, then those of its bases, in the order of `names`.
    pub(super) fn new(
        names: Vec<String>,
        handles: Vec<Handle>,
        actions: Actions,
        extensions: Vec<String>,
        size_limit: Option<u64>,
    ) -> Self {
        let handle = handles.first().expect("a provider has at least one layer").clone();
        let layers = handles.into_iter().map(OpenedLayer::new).collect();
        Self { names, handle, layers, actions, extensions, size_limit, metrics: Arc::new(ProviderMetrics::new()) }
    }

    /// Limits the size of files, as [`check_file_size`](longshore_provider::Provider::check_file_size) defines the
    /// limit.
    #[must_use]
    pub fn with_size_limit(self, bytes: u64) -> Self {
        Self { size_limit: Some(bytes), ..self }
    }

    /// The name under which the provider is configured.
    pub fn name(&self) -> &str {
        &self.names[0]
    }

    /// The provider's own name, then the names of its bases. The chain is stored with a file, for
    /// [`Registry::serving`](super::Registry::serving).
    pub fn chain(&self) -> &[String] {
        &self.names
    }

    /// The provider and its bases, with their names.
    pub(super) fn layers(&self) -> impl DoubleEndedIterator<Item = (&str, &OpenedLayer)> {
        self.names.iter().map(String::as_str).zip(&self.layers)
    }

    /// Whether the provider serves files that were stored by `name`: itself or one of its bases.
    pub fn serves(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    /// The extensions that the provider declares.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// The provider itself, without the configured options.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The number of calls so far, by method and outcome: `None` is success. A call that was dropped before its end is
    /// not counted.
    pub fn calls(&self) -> impl Iterator<Item = (Method, Option<ErrorKind>, u64)> {
        self.metrics.counts()
    }

    /// The number of unfinished calls of each method. Reading the bytes of an opened file is not part of its call.
    pub fn in_flight(&self) -> impl Iterator<Item = (Method, u64)> {
        self.metrics.in_flight()
    }

    /// The durations of finished calls, for each method that was called.
    pub fn latencies(&self) -> impl Iterator<Item = Latency> {
        self.metrics.latencies()
    }

    /// The numbers of bytes of files that were stored and read so far.
    pub fn bytes(&self) -> (u64, u64) {
        (self.metrics.stored.load(Ordering::Relaxed), self.metrics.read.load(Ordering::Relaxed))
    }

    /// Stores a file, unless it exceeds `upload.config.sizeLimit`. If the size is unknown in advance, the body fails at
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
            // Records that the library logs during the read belong to the call, and its span must stay open.
            let _still_open = &span;
            metrics.read.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        });
        opened.body = Body::from_stream(counted, size);
        Ok(opened)
    }

    /// The metadata of a stored file.
    pub async fn head(&self, file: &File) -> Result<ObjectMeta> {
        self.measured(Method::Head, self.handle.head(file, &self.call("head"))).await
    }

    /// Checks whether the service would accept calls.
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

    /// The URL for reading a file: a signed URL if the provider is private, otherwise the plain one.
    pub async fn url(&self, file: &File, options: SignOptions) -> Result<SignedUrl> {
        if self.is_private().await? {
            let signed = self.measured(Method::Sign, self.handle.get_signed_url(file, &self.sign(options))).await?;
            self.check_signed(signed)
        } else {
            let url = self.handle.url(file).instrument(self.span("url")).await?;
            self.check_signed(SignedUrl::unsigned(url))
        }
    }

    /// Signs a whole batch. The result contains a URL or an error for each file, in the same order.
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

    /// Checks the result of an upload against the interface, because any author may have written the library.
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

    /// Counts the bytes of a stored file. `size` is the size that was known before the upload.
    fn stored(&self, size: Option<u64>, stored: Result<Uploaded>) -> Result<Uploaded> {
        if let Ok(uploaded) = &stored {
            let bytes = uploaded.size.or(size).unwrap_or(0);
            self.metrics.stored.fetch_add(bytes, Ordering::Relaxed);
        }
        stored
    }

    /// Wraps the body to check its size at its end, if the size is unknown in advance.
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
