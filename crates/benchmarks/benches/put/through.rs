//! Uploads through the host's registry and the library of the provider.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use longshore_benchmarks::project;
use longshore_plugin_host::registry::Registry;
use longshore_provider::{Body, File};
use tempfile::TempDir;

use crate::{CONCURRENCY, MEBIBYTE, PARTS, SMALL_FILES, parallel::in_parallel, small_key};

/// The size of a chunk from the host, as `longshore object put` reads it.
const CHUNK: usize = MEBIBYTE;

/// An opened provider.
pub(crate) struct Through {
    registry: Registry,
    _folder: TempDir,
}

impl Through {
    pub(crate) async fn new(endpoint: &str) -> Self {
        let s3_options = format!("endpoint = \"{endpoint}\"\nforcePathStyle = true");
        let more = format!("[upload.config.providerOptions.providerConfig.multipart]\nqueueSize = {CONCURRENCY}");
        let (registry, folder) = project::open(&project::aws_s3(None, &s3_options, &more)).await;
        Self { registry, _folder: folder }
    }

    /// A file of which every part is `part`, as a stream of chunks.
    pub(crate) async fn put_large(self: &Arc<Self>, part: &Bytes) {
        let size = part.len() * PARTS;
        let part = part.clone();
        let chunks = (0..size / CHUNK).map(move |number| {
            let start = number * CHUNK % part.len();
            Ok(part.slice(start..start + CHUNK))
        });
        let body = Body::from_stream(stream::iter(chunks), Some(size as u64));
        self.registry.main().upload(&File::at("large.bin"), body).await.expect("an upload");
    }

    /// Many files of which each is `body`.
    pub(crate) async fn put_small(self: &Arc<Self>, body: &Bytes) {
        let (this, body) = (Arc::clone(self), body.clone());
        in_parallel(SMALL_FILES, move |number| {
            let (this, body) = (Arc::clone(&this), body.clone());
            async move {
                let file = File::at(small_key(number));
                this.registry.main().upload(&file, Body::from(body)).await.expect("an upload");
            }
        })
        .await;
    }
}
