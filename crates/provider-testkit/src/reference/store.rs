//! Files in memory.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use longshore_provider::{Bytes, ObjectMeta};

/// Files, by key.
#[derive(Default)]
pub(super) struct InMemoryStore {
    entries: Mutex<BTreeMap<String, Arc<Entry>>>,
    versions: AtomicU64,
}

/// One version of a file.
pub(super) struct Entry {
    pub(super) bytes: Bytes,
    pub(super) mime: String,
    pub(super) private: bool,
    version: u64,
    written: SystemTime,
}

impl InMemoryStore {
    pub(super) fn put(&self, key: &str, bytes: Bytes, mime: &str, private: bool) -> Arc<Entry> {
        let version = self.versions.fetch_add(1, Ordering::Relaxed);
        let entry = Arc::new(Entry { bytes, mime: mime.to_owned(), private, version, written: SystemTime::now() });
        self.entries().insert(key.to_owned(), Arc::clone(&entry));
        entry
    }

    pub(super) fn get(&self, key: &str) -> Option<Arc<Entry>> {
        self.entries().get(key).cloned()
    }

    pub(super) fn remove(&self, key: &str) {
        self.entries().remove(key);
    }

    pub(super) fn starting_with(&self, prefix: &str) -> Vec<(String, Arc<Entry>)> {
        let entries = self.entries();
        let from = entries.range(prefix.to_owned()..);
        from.take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, entry)| (key.clone(), Arc::clone(entry)))
            .collect()
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Entry>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// The `ETag`, which is different for each version.
    pub(super) fn etag(&self) -> String {
        format!("{:x}-{:x}", self.version, self.bytes.len())
    }

    pub(super) fn meta(&self, key: &str) -> ObjectMeta {
        let mut meta = ObjectMeta::new(key, self.bytes.len() as u64);
        meta.etag = Some(self.etag());
        meta.content_type = (!self.mime.is_empty()).then(|| self.mime.clone());
        meta.last_modified = Some(self.written);
        meta
    }
}
