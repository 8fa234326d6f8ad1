//! A project whose provider is the built overlay, on a base of the test's choice.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use longshore_dev_s3::{DevS3, Server};
use longshore_plugin_host::{
    config::{LoadRequest, load},
    load::Loader,
    registry::{OpenError, Registry},
};
use longshore_provider::{
    Body, ByteRange, Bytes, File, Handle, Result, Uploaded,
    futures::stream,
    serde_json::{self, Value},
};
use tempfile::TempDir;

pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const OTHER_KEY: &str = "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const SEGMENT: usize = 64 * 1024;

/// A project's folder, with the overlay in it. Deleted when it is dropped.
pub(crate) struct Project {
    folder: TempDir,
    base: &'static str,
    /// The base's part of `providerOptions`, as TOML.
    options: String,
}

impl Project {
    /// On a folder of the project.
    pub(crate) fn local() -> Self {
        let project = Self::over("local", "directory = \"files\"".into());
        fs::create_dir(project.path("files")).unwrap();
        project
    }

    /// On memory, which can neither read nor list.
    pub(crate) fn memory() -> Self {
        Self::over("memory", "maxBytes = 10000000".into())
    }

    /// On the bucket `media` of a server.
    pub(crate) fn s3(server: &Server) -> Self {
        let options = format!(
            "s3Options = {{ region = \"{}\", endpoint = \"{}\", forcePathStyle = true, params = {{ Bucket = \"media\" }}, \
             credentials = {{ accessKeyId = \"{}\", secretAccessKey = \"{}\" }} }}\n\
             providerConfig = {{ multipart = {{ partSize = 5242880 }} }}",
            server.region(),
            server.endpoint(),
            server.access_key_id(),
            server.secret_access_key(),
        );
        Self::over("aws-s3", options)
    }

    pub(crate) fn over(base: &'static str, options: String) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap(), base, options };
        fs::create_dir_all(project.path("providers/encrypted")).unwrap();
        let library = longshore_test_artifacts::library("longshore-example-overlay-encrypt");
        let bytes = fs::read(longshore_test_artifacts::folder().join(&library)).unwrap();
        fs::write(project.path("providers/encrypted").join(library), over(bytes, base)).unwrap();
        project
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The library on this base.
    pub(crate) fn library(&self) -> PathBuf {
        self.path("providers/encrypted").join(longshore_test_artifacts::library("longshore-example-overlay-encrypt"))
    }

    /// What stands in `providerOptions`, with this in the overlay's own table.
    pub(crate) fn options(&self, encryption: &str) -> String {
        format!("encryption = {{ {encryption} }}\n{}\n", self.options)
    }

    /// The base's options.
    pub(crate) fn base_options(&self) -> String {
        self.options.clone()
    }

    /// The provider, with the usual key.
    pub(crate) async fn open(&self) -> Handle {
        self.open_with(&format!("key = \"{KEY}\"")).await.unwrap()
    }

    /// The provider, with this in the overlay's own table.
    pub(crate) async fn open_with(&self, encryption: &str) -> Result<Handle, OpenError> {
        self.registry("encrypted", &self.options(encryption)).await.map(|registry| registry.main().handle().clone())
    }

    /// The base without the overlay.
    pub(crate) async fn open_base(&self) -> Handle {
        self.registry(self.base, &self.options).await.unwrap().main().handle().clone()
    }

    /// Writes the configuration with this in the overlay's own table.
    pub(crate) fn configure(&self, encryption: &str) {
        self.write("encrypted", &self.options(encryption));
    }

    fn write(&self, provider: &str, options: &str) {
        let toml = format!("[upload.config]\nprovider = \"{provider}\"\n[upload.config.providerOptions]\n{options}\n");
        fs::create_dir_all(self.path("config")).unwrap();
        fs::write(self.path("config/plugins.toml"), toml).unwrap();
    }

    async fn registry(&self, provider: &str, options: &str) -> Result<Registry, OpenError> {
        self.write(provider, options);
        let config = load(&LoadRequest::in_folder(self.folder.path())).unwrap();
        Registry::open(&Loader::new(self.folder.path()), &config).await
    }
}

/// A server with the bucket `media`.
pub(crate) async fn server() -> Server {
    DevS3::builder().bucket("media").start().await.unwrap()
}

/// The library, whose manifest names another base: nothing else in it knows of the base. Manifests keep their length, so the
/// package's name makes room.
fn over(mut bytes: Vec<u8>, base: &str) -> Vec<u8> {
    let begin = b"{\"longshore\":1,";
    let starts: Vec<usize> = (0..bytes.len() - begin.len()).filter(|at| bytes[*at..].starts_with(begin)).collect();
    let mut manifests = 0;
    for start in starts {
        let Some(length) = bytes[start..].iter().position(|byte| *byte == b'\n') else { continue };
        let Ok(mut manifest) = serde_json::from_slice::<Value>(&bytes[start..start + length]) else { continue };
        assert_eq!(manifest["extends"], "local", "{manifest}");
        manifest["extends"] = base.into();
        manifest["package"] = "encrypted".into();
        if base == "memory" {
            // An overlay supports only the extensions of its base.
            manifest["extensions"] = Value::Array(Vec::new());
        }
        let text = format!("{:length$}", manifest.to_string());
        bytes[start..start + length].copy_from_slice(text.as_bytes());
        manifests += 1;
    }
    assert!(manifests > 0, "the library has a manifest");
    bytes
}

/// Bytes that differ from place to place.
pub(crate) fn content(length: usize) -> Bytes {
    let lines = (0_u64..).flat_map(|line| line.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    lines.take(length).collect::<Vec<_>>().into()
}

/// `bytes` in chunks of odd sizes, with a declared length or without one.
pub(crate) fn chunked(bytes: &Bytes, known: bool) -> Body {
    let (mut rest, mut chunks) = (bytes.clone(), Vec::new());
    for size in [1, 7, 4099, 65_535, 3, 65_537, 300_007].into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        chunks.push(Ok(rest.split_to(size.min(rest.len()))));
    }
    Body::from_stream(stream::iter(chunks), known.then_some(bytes.len() as u64))
}

pub(crate) async fn put(provider: &Handle, key: &str, bytes: &Bytes) -> Uploaded {
    provider.upload(&File::at(key), chunked(bytes, true), &longshore_provider::Call::new()).await.unwrap()
}

/// The bytes of a range, and the reported size of the whole file.
pub(crate) async fn get(provider: &Handle, key: &str, range: Option<ByteRange>) -> Result<(Bytes, u64)> {
    let opened = provider.open(&File::at(key), range, &longshore_provider::Call::new()).await?;
    let announced = opened.body.size();
    let bytes = opened.body.into_bytes(1 << 30).await?;
    assert_eq!(announced, Some(bytes.len() as u64), "the body says its size");
    Ok((bytes, opened.meta.size))
}

/// Waits until the folder has no file: the base cleans up beside the call.
pub(crate) async fn empty(project: &Project) {
    until(|| files(&project.path("files")).is_empty()).await;
}

/// Waits until `condition` holds.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    for _ in 0..1000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("something stays behind");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
