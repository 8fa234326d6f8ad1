//! Which configuration a program asks for.

use std::path::PathBuf;

/// Which configuration to load.
#[derive(Debug, Clone)]
pub struct LoadRequest {
    /// A plugins file other than `config/plugins.toml`, relative to `start_dir`. Its project is the folder above its
    /// folder, if that is called `config`, else its folder.
    pub plugins_file: Option<PathBuf>,
    /// Overrides `key.path=value`; the value is TOML, or text where it is not. They are laid over the files.
    pub overrides: Vec<String>,
    /// The folder whose `config/plugins.toml` is read, and that messages name files relative to.
    pub start_dir: PathBuf,
}

impl LoadRequest {
    /// The configuration of the project in `folder`, as its files have it.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { plugins_file: None, overrides: Vec::new(), start_dir: folder.into() }
    }
}
