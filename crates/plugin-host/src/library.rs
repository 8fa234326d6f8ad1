//! Opens a provider's shared library and guarantees that the code that runs is the content that was checked.
//!
//! 1. [`open`] walks from `/` to the file, refuses a path that untrusted users could have written, and keeps one
//!    descriptor;
//! 2. [`OpenedFile::manifest`] reads the plugin manifest without running any code of the library;
//! 3. [`OpenedFile::snapshot`] copies the file into sealed memory and hashes it in the same pass;
//! 4. [`Snapshot::load`] maps that copy into the process: once for each content, and until the process ends;
//! 5. [`LoadedLibrary::symbol`] returns the raw address of a symbol that the manifest names.
//!
//! ```no_run
//! use longshore_plugin_host::library::{self, Placement, Trust};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let opened = library::open("providers/memory/libmemory.so".as_ref(), &Trust::default())?;
//! let snapshot = opened.snapshot()?;
//! let symbol = snapshot.metadata().manifest.generations[0].symbol.clone();
//! let image = snapshot.load(&Placement::default())?;
//! let header: *const () = image.symbol(&symbol)?;
//! # Ok(())
//! # }
//! ```

mod accounts;
pub mod allocator;
mod checked_path_walk;
mod dlopen;
pub mod last_words;
mod loaded_library;
pub mod manifest;
mod metadata;
mod opened;
mod private;
mod reader;
mod refusal;
mod snapshot;
mod symbols;
mod trust;

pub use loaded_library::{LoadError, LoadedLibrary, Placement, SymbolError};
pub use manifest::{Generation, ManifestError, PluginManifest};
pub use metadata::PluginMetadata;
pub use opened::{OpenedFile, open};
pub use refusal::LoaderRefusal;
pub use snapshot::{Snapshot, SnapshotError};
pub use symbols::{Export, Symbols};
pub use trust::{EntryKind, Fault, RefusedError, Trust};

/// Opens a file that only trusted users can have written. Files that decide which code runs, for example the
/// configuration, obey the same rules as libraries.
pub(crate) fn open_trusted(path: &std::path::Path, trust: &Trust) -> Result<std::fs::File, RefusedError> {
    checked_path_walk::file(path, trust).map(|(file, _, _)| file)
}

/// The largest file that is accepted as a provider: 1 GiB. The limit keeps a wrong path from filling the memory.
pub const MAX_FILE: u64 = 1 << 30;
