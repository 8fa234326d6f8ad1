//! Opens a provider's library so that what was checked is what runs.
//!
//! 1. [`open`] walks from `/` to the file, refuses what others could have written, and keeps the one descriptor;
//! 2. [`OpenedFile::note`] reads the facts that the library states about itself, without running any of its code;
//! 3. [`OpenedFile::snapshot`] copies the file into sealed memory in the same pass that hashes it;
//! 4. [`Snapshot::load`] maps that copy into the process, once for each content, and for ever;
//! 5. [`LoadedLibrary::symbol`] gives the raw address of what the note names.
//!
//! ```no_run
//! use longshore_plugin_host::library::{self, Placement, Trust};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let opened = library::open("providers/memory/libmemory.so".as_ref(), &Trust::default())?;
//! let snapshot = opened.snapshot()?;
//! let symbol = snapshot.facts().note.generations[0].symbol.clone();
//! let image = snapshot.load(&Placement::default())?;
//! let header: *const () = image.symbol(&symbol)?;
//! # Ok(())
//! # }
//! ```

mod accounts;
pub mod allocator;
mod checked_path_walk;
mod dlopen;
mod elf;
mod facts;
pub mod last_words;
mod loaded_library;
pub mod note;
mod opened;
mod private;
mod reader;
mod refusal;
mod snapshot;
mod symbols;
mod trust;

pub use facts::PluginMetadata;
pub use loaded_library::{LoadError, LoadedLibrary, Placement, SymbolError};
pub use note::{Generation, ManifestError, PluginManifest};
pub use opened::{OpenedFile, open};
pub use refusal::LoaderRefusal;
pub use snapshot::{Snapshot, SnapshotError};
pub use symbols::{Export, Symbols};
pub use trust::{Fault, RefusedError, Subject, Trust};

/// Opens a file that nobody but trusted users can have written: by the rules for libraries, for what else decides
/// which code runs.
pub(crate) fn open_trusted(path: &std::path::Path, trust: &Trust) -> Result<std::fs::File, RefusedError> {
    checked_path_walk::file(path, trust).map(|(file, _, _)| file)
}

/// A library larger than this is not a provider: 1 GiB, so that a wrong path cannot fill the memory.
pub const MAX_FILE: u64 = 1 << 30;
