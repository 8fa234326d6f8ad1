//! The metadata of a shared library before any of its code runs.

use std::path::PathBuf;

use super::manifest::PluginManifest;

/// The plugin manifest of a shared library, and properties of its file.
#[derive(Clone, Debug)]
pub struct PluginMetadata {
    /// The real path of the file, without symbolic links.
    pub path: PathBuf,
    /// The library's plugin manifest.
    pub manifest: PluginManifest,
    /// The file's size in bytes.
    pub size: u64,
    /// SHA-256 of the whole file, in lower-case hexadecimal digits.
    pub sha256: String,
    /// The user id of the file's owner.
    pub owner: u32,
    /// The owner's name, if `/etc/passwd` contains it.
    pub owner_name: Option<String>,
    /// The file's permission bits: `0o644`.
    pub mode: u32,
    /// The library takes its thread-local memory from the loader's small reserve (`DF_STATIC_TLS`).
    pub static_tls: bool,
}

impl PluginMetadata {
    /// Problems that the library's author should fix, and that do not prevent loading.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.static_tls {
            warnings.push(format!(
                "`{}` uses static thread-local storage, of which a process can load only a few libraries; often an \
                 allocator causes it: build mimalloc with `local_dynamic_tls`, jemalloc with `disable_initial_exec_tls`",
                self.path.display()
            ));
        }
        warnings
    }
}
