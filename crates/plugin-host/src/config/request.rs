//! Selects the configuration that a program loads.

use std::path::PathBuf;

/// The configuration to load.
#[derive(Debug, Clone)]
pub struct LoadRequest {
    /// A plugins file other than `config/plugins.toml`, relative to `start_dir`. If its folder is called `config`, the
    /// project is the parent of that folder. Otherwise the project is the folder itself.
    pub plugins_file: Option<PathBuf>,
    /// Overrides of the form `key.path=value`, which are merged over the files. The value is TOML, or otherwise text.
    pub overrides: Vec<String>,
    /// The start folder. Its `config/plugins.toml` is read, and messages contain paths relative to it.
    pub start_dir: PathBuf,
}

impl LoadRequest {
    /// Selects the configuration of the project in `folder`, without overrides.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { plugins_file: None, overrides: Vec::new(), start_dir: folder.into() }
    }
}
