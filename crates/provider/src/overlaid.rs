//! Adapts an [`Overlay`] to the trait [`Provider`].

use serde_json::Value;

use crate::{
    Body, ByteRange, Call, Error, File, InitContext, ListPage, ListRequest, ObjectMeta, Opened, Overlay, Provider,
    Result, SignOptions, SignedUrl, Uploaded,
};

/// Implements [`Provider`] for an [`Overlay`], so that both are exported in the same way.
#[doc(hidden)]
pub struct Overlaid<O>(O);

impl<O: Overlay> Provider for Overlaid<O> {
    type Options = O::Options;

    async fn init(options: O::Options, mut context: InitContext) -> Result<Self> {
        let base = context.base.take().ok_or_else(|| Error::internal("the host gave this overlay no base"))?;
        O::init(options, base, context).await.map(Self)
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        self.0.upload(file, body, call).await
    }

    async fn delete(&self, file: &File, call: &Call) -> Result<()> {
        self.0.delete(file, call).await
    }

    async fn replace(&self, new: &File, old: &File, body: Body, call: &Call) -> Result<Uploaded> {
        self.0.replace(new, old, body, call).await
    }

    async fn is_private(&self) -> Result<bool> {
        self.0.is_private().await
    }

    async fn get_signed_url(&self, file: &File, options: &SignOptions) -> Result<SignedUrl> {
        self.0.get_signed_url(file, options).await
    }

    async fn url(&self, file: &File) -> Result<String> {
        self.0.url(file).await
    }

    async fn key(&self, file: &File) -> Result<String> {
        self.0.key(file).await
    }

    async fn check_file_size(&self, file: &File, size_limit: u64) -> Result<()> {
        self.0.check_file_size(file, size_limit).await
    }

    async fn open(&self, file: &File, range: Option<ByteRange>, call: &Call) -> Result<Opened> {
        self.0.open(file, range, call).await
    }

    async fn head(&self, file: &File, call: &Call) -> Result<ObjectMeta> {
        self.0.head(file, call).await
    }

    async fn health(&self, call: &Call) -> Result<()> {
        self.0.health(call).await
    }

    async fn list(&self, request: &ListRequest, call: &Call) -> Result<ListPage> {
        self.0.list(request, call).await
    }

    async fn abort_uploads(&self, file: &File, call: &Call) -> Result<()> {
        self.0.abort_uploads(file, call).await
    }

    async fn extension(
        &self,
        id: &str,
        input: Value,
        stream: Option<Body>,
        call: &Call,
    ) -> Result<(Value, Option<Body>)> {
        self.0.extension(id, input, stream, call).await
    }

    fn base_options(options: Value) -> Result<Value> {
        O::base_options(options)
    }
}
