//! The smallest useful provider: `cargo build -p longshore-example-memory`, then name the library in
//! `upload.config.path`, or copy it into `providers/memory/` beside `config/`.
//!
//! It has the required methods only. Without `open` and `head`, stored files cannot be read back, so
//! `longshore provider validate` skips more than half of its cases. Implement both if your service supports them.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use longshore_provider::{
    Body, Bytes, Call, File, InitContext, Provider, Result, Uploaded,
    key::{object_key, url_path},
};

longshore_provider::options! {
    /// Options of the provider `memory`.
    pub struct MemoryOptions {
        /// The largest file that is kept, in bytes. The default is 1 MiB.
        #[serde(default = "one_mebibyte")]
        max_bytes: usize,
    }
}

/// Files, until the process ends.
pub struct Memory {
    max_bytes: usize,
    files: Mutex<HashMap<String, Bytes>>,
}

impl Provider for Memory {
    type Options = MemoryOptions;

    async fn init(options: MemoryOptions, _: InitContext) -> Result<Self> {
        Ok(Self { max_bytes: options.max_bytes, files: Mutex::default() })
    }

    async fn upload(&self, file: &File, body: Body, _: &Call) -> Result<Uploaded> {
        let key = object_key("", file)?;
        let bytes = body.into_bytes(self.max_bytes).await?;
        let uploaded =
            Uploaded::new(&key, format!("https://memory.invalid/{}", url_path(&key))).with_size(bytes.len() as u64);
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(key, bytes);
        Ok(uploaded)
    }

    async fn delete(&self, file: &File, _: &Call) -> Result<()> {
        let key = object_key("", file)?;
        self.files.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        Ok(())
    }
}

fn one_mebibyte() -> usize {
    1024 * 1024
}

longshore_provider::export_provider!(Memory as "memory");
