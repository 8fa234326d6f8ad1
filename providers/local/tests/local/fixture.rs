//! A folder, and the provider opened on it.

use std::{fs, path::PathBuf, time::Duration};

use longshore_local::Local;
use longshore_provider::{
    Body, Bytes, Call, File, Handle, Result, Uploaded,
    futures::stream,
    host::{Init, Module},
    serde_json::{Map, Value, json},
    tokio::time::sleep,
};
use longshore_provider_abi::{
    RString, RVec,
    v1::{WireCallsite, WireHost, WireScope, WireValue, WireWatcher, host_object},
};

/// A project with a folder of its own for files.
pub(crate) struct Project {
    place: tempfile::TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir_all(place.path().join("public/uploads")).unwrap();
        Self { place }
    }

    /// A path below the folder of files.
    pub(crate) fn file(&self, key: &str) -> PathBuf {
        self.place.path().join("public/uploads").join(key)
    }

    /// A path outside of the folder of files.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(crate) async fn open(&self) -> Handle {
        self.open_with(json!({}), json!({})).await.unwrap()
    }

    pub(crate) async fn open_with(&self, options: Value, action_options: Value) -> Result<Handle> {
        open(self.place.path().to_owned(), options, action_options).await
    }

    /// The files that exist, temporary ones too.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let root = self.file("");
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    found.push(entry.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        found
    }

    /// Waits until exactly `expected` files exist.
    pub(crate) async fn comes_to(&self, expected: &[&str]) {
        for _ in 0..1000 {
            if self.files() == expected {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(self.files(), expected);
    }
}

pub(crate) async fn open(project: PathBuf, options: Value, action_options: Value) -> Result<Handle> {
    let init = Init {
        options: &options,
        name: "local",
        project: &project,
        action_options: action_options.as_object().unwrap(),
        workers: 2,
        host: host_object(Silence),
        base: None,
    };
    Module::linked::<Local>().init(init).await
}

/// A host that wants no log.
struct Silence;

impl WireHost for Silence {
    fn max_level(&self) -> u8 {
        0
    }

    fn epoch(&self) -> u64 {
        1
    }

    fn watch(&self, _: WireWatcher) {}

    fn register_callsite(&self, _: WireCallsite) -> u64 {
        1
    }

    fn interest(&self, _: u64) -> u8 {
        0
    }

    fn enabled(&self, _: u64, _: WireScope) -> bool {
        false
    }

    fn event(&self, _: u64, _: WireScope, _: RVec<WireValue>) {}

    fn new_span(&self, _: u64, _: WireScope, _: RVec<WireValue>) -> u64 {
        1
    }

    fn record(&self, _: u64, _: RVec<WireValue>) {}

    fn follows_from(&self, _: u64, _: u64) {}

    fn close_span(&self, _: u64) {}

    fn lost(&self, _: u64) {}

    fn ask(&self, _: RString, _: RString) -> RString {
        RString::new()
    }
}

pub(crate) async fn put(local: &Handle, key: &str, content: &str) -> Result<Uploaded> {
    local.upload(&File::at(key), body(content), &Call::new()).await
}

pub(crate) async fn get(local: &Handle, key: &str) -> Result<Bytes> {
    local.open(&File::at(key), None, &Call::new()).await?.body.into_bytes(usize::MAX).await
}

pub(crate) fn body(content: &str) -> Body {
    Body::from(Bytes::copy_from_slice(content.as_bytes()))
}

/// `count` chunks of 1 MiB, and then `end`.
pub(crate) fn chunks(count: usize, end: impl Future<Output = Option<Result<Bytes>>> + Send + 'static) -> Body {
    let mebibyte = Bytes::from(vec![7; 1024 * 1024]);
    let start = stream::iter(std::iter::repeat_n(Ok(mebibyte), count));
    let end = stream::unfold(Some(end), |end| async { Some((end?.await?, None)) });
    Body::from_stream(longshore_provider::futures::StreamExt::chain(start, end), None)
}

/// Action options that refuse to overwrite.
pub(crate) fn no_overwrite() -> Call {
    let mut options = Map::new();
    options.insert("IfNoneMatch".into(), "*".into());
    Call::new().with_action_options(options)
}
