//! The provider of a case. It records each call, which attributes a crash or a hang to the method that was running.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use longshore_provider::{
    Body, ByteRange, Call, File, Handle, ListPage, ListRequest, ObjectMeta, Opened, Result, SignOptions, SignedUrl,
    Uploaded, serde_json::Value,
};

use crate::test_target::{CallEvent, TestTarget};

/// The calls of one case that have begun and not yet ended.
#[derive(Default)]
pub(crate) struct RunningCalls(Mutex<BTreeMap<&'static str, usize>>);

/// A [`Handle`] that records its calls.
pub(crate) struct RecordedHandle {
    handle: Handle,
    calls: Arc<RunningCalls>,
    target: Arc<dyn TestTarget>,
}

/// A call that has begun. Dropping it records the end of the call, even if the call's future was dropped.
pub(crate) struct RecordedCall<'a> {
    method: &'static str,
    calls: &'a RunningCalls,
    target: &'a dyn TestTarget,
}

impl RunningCalls {
    /// Records that `method` begins.
    pub(crate) fn begin<'a>(&'a self, method: &'static str, target: &'a dyn TestTarget) -> RecordedCall<'a> {
        *self.counts().entry(method).or_default() += 1;
        target.record(CallEvent::Began(method));
        RecordedCall { method, calls: self, target }
    }

    /// The methods that are running now, such as `` `upload`, `open` ``.
    pub(crate) fn describe(&self) -> Option<String> {
        let running: Vec<String> = self.counts().keys().map(|method| format!("`{method}`")).collect();
        (!running.is_empty()).then(|| running.join(", "))
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RecordedCall<'_> {
    fn drop(&mut self) {
        let mut counts = self.calls.counts();
        if let Some(count) = counts.get_mut(self.method) {
            *count -= 1;
            if *count == 0 {
                counts.remove(self.method);
            }
        }
        self.target.record(CallEvent::Ended(self.method));
    }
}

/// The methods of [`Handle`].
impl RecordedHandle {
    pub(crate) fn new(handle: Handle, calls: Arc<RunningCalls>, target: Arc<dyn TestTarget>) -> Self {
        Self { handle, calls, target }
    }

    fn begin(&self, method: &'static str) -> RecordedCall<'_> {
        self.calls.begin(method, &*self.target)
    }

    pub(crate) async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let _running = self.begin("upload");
        self.handle.upload(file, body, call).await
    }

    pub(crate) async fn delete(&self, file: &File, call: &Call) -> Result<()> {
        let _running = self.begin("delete");
        self.handle.delete(file, call).await
    }

    pub(crate) async fn replace(&self, new: &File, old: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let _running = self.begin("replace");
        self.handle.replace(new, old, body, call).await
    }

    pub(crate) async fn is_private(&self) -> Result<bool> {
        let _running = self.begin("is_private");
        self.handle.is_private().await
    }

    pub(crate) async fn get_signed_url(&self, file: &File, options: &SignOptions) -> Result<SignedUrl> {
        let _running = self.begin("get_signed_url");
        self.handle.get_signed_url(file, options).await
    }

    pub(crate) async fn get_signed_urls(
        &self,
        files: &[File],
        options: &SignOptions,
    ) -> Result<Vec<Result<SignedUrl>>> {
        let _running = self.begin("get_signed_url");
        self.handle.get_signed_urls(files, options).await
    }

    pub(crate) async fn url(&self, file: &File) -> Result<String> {
        let _running = self.begin("url");
        self.handle.url(file).await
    }

    pub(crate) async fn check_file_size(&self, file: &File, size_limit: u64) -> Result<()> {
        let _running = self.begin("check_file_size");
        self.handle.check_file_size(file, size_limit).await
    }

    pub(crate) async fn open(&self, file: &File, range: Option<ByteRange>, call: &Call) -> Result<Opened> {
        let _running = self.begin("open");
        self.handle.open(file, range, call).await
    }

    pub(crate) async fn head(&self, file: &File, call: &Call) -> Result<ObjectMeta> {
        let _running = self.begin("head");
        self.handle.head(file, call).await
    }

    pub(crate) async fn health(&self, call: &Call) -> Result<()> {
        let _running = self.begin("health");
        self.handle.health(call).await
    }

    pub(crate) async fn list(&self, request: &ListRequest, call: &Call) -> Result<ListPage> {
        let _running = self.begin("list");
        self.handle.list(request, call).await
    }

    pub(crate) async fn extension(
        &self,
        id: &str,
        input: Value,
        stream: Option<Body>,
        call: &Call,
    ) -> Result<(Value, Option<Body>)> {
        let _running = self.begin("extension");
        self.handle.extension(id, input, stream, call).await
    }

    pub(crate) async fn shutdown(&self, limit: Duration) -> Result<()> {
        let _running = self.begin("shutdown");
        self.handle.shutdown(limit).await
    }
}
