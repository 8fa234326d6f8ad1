//! A project folder with a configuration and opened providers.

use std::path::Path;

use longshore_plugin_host::{
    config::{LoadRequest, load},
    load::Loader,
    registry::{OpenError, Registry},
};
use longshore_provider::{Call, serde_json::Value};
use tempfile::TempDir;

/// A project, whose folder is deleted when this value is dropped.
pub(crate) struct Project(TempDir);

impl Project {
    /// A project whose `config/plugins.toml` is `toml`; the workspace's libraries are built and found.
    pub(crate) fn new(toml: &str) -> Self {
        longshore_test_artifacts::folder();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("config")).unwrap();
        std::fs::write(folder.path().join("config/plugins.toml"), toml).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn loader(&self) -> Loader {
        Loader::new(self.path())
    }

    pub(crate) async fn open(&self) -> Result<Registry, OpenError> {
        self.open_with(&self.loader()).await
    }

    pub(crate) async fn open_with(&self, loader: &Loader) -> Result<Registry, OpenError> {
        let config = load(&LoadRequest::in_folder(self.path())).unwrap();
        Registry::open(loader, &config).await
    }

    /// Puts a copy of a built library into `providers/<name>/`.
    pub(crate) fn copy_library(&self, folder: &Path, package: &str, name: &str) {
        let to = self.path().join("providers").join(name);
        std::fs::create_dir_all(&to).unwrap();
        let library = longshore_test_artifacts::library(package);
        std::fs::copy(folder.join(&library), to.join(&library)).unwrap();
    }
}

/// A project with the provider `misbehaving` and its `options`.
pub(crate) fn misbehaving(options: &str) -> Project {
    Project::new(&format!("[upload.config]\nprovider = \"misbehaving\"\n[upload.config.providerOptions]\n{options}\n"))
}

/// Reads a counter of the library. All tests of this process share the counters, because a library is mapped only once.
pub(crate) async fn count(registry: &Registry, name: &str) -> i64 {
    let counts = registry.main().handle().extension("counts", Value::Null, None, &Call::new()).await.unwrap().0;
    counts[name].as_i64().unwrap()
}

/// The error and all of its causes, one on each line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let (mut lines, mut hints, mut next) = (Vec::new(), Vec::new(), Some(error));
    while let Some(error) = next {
        lines.push(error.to_string());
        hints.extend(longshore_plugin_host::hint_of(error).map(|hint| format!("hint: {hint}")));
        next = error.source();
    }
    hints.dedup();
    lines.extend(hints);
    lines.join("\n")
}
