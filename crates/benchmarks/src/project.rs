//! A project with a provider of the workspace, opened as a host opens it.

use longshore_plugin_host::{
    config::{LoadRequest, load},
    load::Loader,
    registry::Registry,
};
use tempfile::TempDir;

/// Opens the configuration `toml` in a folder of its own, which is deleted when the second value is dropped.
///
/// # Panics
///
/// Anything goes wrong: there is nothing to measure then.
pub async fn open(toml: &str) -> (Registry, TempDir) {
    longshore_built::folder();
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("config")).expect("a folder in it");
    std::fs::write(folder.path().join("config/plugins.toml"), toml).expect("a file in it");
    let config = load(&LoadRequest::in_folder(folder.path())).unwrap_or_else(|problems| panic!("{problems}"));
    match Registry::open(&Loader::of(&config), &config).await {
        Ok(registry) => (registry, folder),
        Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
    }
}
