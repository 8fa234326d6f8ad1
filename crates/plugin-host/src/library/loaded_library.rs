//! A shared library that is mapped into the process: once for each content, and never unmapped.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use thiserror::Error;

use super::dlopen::{self, Handle};
use super::private;
use super::refusal::LoaderRefusal;
use super::snapshot::Snapshot;
use crate::hint::Hint;

/// All libraries of the process by the hash of their content. The loader identifies a library by its path and inode,
/// and returns the old mapping for a known one. Each content is therefore mapped from its own file, and loading it
/// again returns the entry of this map.
static IMAGES: Mutex<BTreeMap<[u8; 32], &'static LoadedLibrary>> = Mutex::new(BTreeMap::new());

/// A provider's shared library in this process. It lives until the process ends.
pub struct LoadedLibrary {
    path: PathBuf,
    sha256: String,
    handle: Handle,
    /// The memory that the library is mapped from, unless it is mapped from a file. It stays open until the process
    /// ends: the loader would take another file under the same descriptor number for this library.
    _memory: Option<File>,
}

impl std::fmt::Debug for LoadedLibrary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoadedLibrary").field("path", &self.path).field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

/// The possible places for the copy that is mapped.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Whether to try sealed memory first. The folders are used otherwise, and also if the system forbids executing
    /// sealed memory.
    pub memory: bool,
    /// Folders in which a private folder (mode 0700) for the copy may be created, in order of preference. The copy is
    /// deleted as soon as it is mapped.
    pub folders: Vec<PathBuf>,
}

impl Default for Placement {
    /// Sealed memory, then `/run/user/<uid>`, then `/tmp`.
    fn default() -> Self {
        let own = format!("/run/user/{}", rustix::process::geteuid().as_raw());
        Self { memory: true, folders: vec![own.into(), "/tmp".into()] }
    }
}

/// Why a library could not be mapped.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The loader refused the library itself: a missing symbol or library, or a failed initialisation.
    #[error("the library `{}` cannot be loaded", path.display())]
    Loader {
        /// The library.
        path: PathBuf,
        /// The loader's reason.
        source: LoaderRefusal,
    },
    /// No place allows executing code.
    #[error(
        "the library `{}` cannot be loaded, as nothing may be executed from any place for its copy:{}",
        path.display(),
        lines(tried)
    )]
    NoPlace {
        /// The library.
        path: PathBuf,
        /// Each place, with the reason why it cannot be used.
        tried: Vec<(String, String)>,
    },
}

impl LoadError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Loader { .. } => None,
            Self::NoPlace { .. } => {
                Some("name a folder of your own on a file system that is mounted without `noexec`".into())
            }
        }
    }
}

/// A library lacks a symbol that its manifest names, or the symbol's address is null.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{}` has no symbol `{symbol}`", path.display())]
pub struct SymbolError {
    /// The library.
    pub path: PathBuf,
    /// The symbol.
    pub symbol: String,
}

impl Snapshot {
    /// Maps the library and runs its constructors, unless the same content is mapped already.
    pub fn load(self, placement: &Placement) -> Result<&'static LoadedLibrary, LoadError> {
        // The lock is held while the library is mapped: two threads with the same content get the same library.
        let mut images = IMAGES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(image) = images.get(&self.hash) {
            return Ok(image);
        }
        let (handle, from_memory) = map(&self, placement)?;
        let Self { metadata, hash, memory, .. } = self;
        let image = LoadedLibrary {
            path: metadata.path,
            sha256: metadata.sha256,
            handle,
            _memory: from_memory.then_some(memory),
        };
        let image: &'static LoadedLibrary = Box::leak(Box::new(image));
        images.insert(hash, image);
        Ok(image)
    }
}

impl LoadedLibrary {
    /// The real path of the file that the library was copied from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// SHA-256 of the content, in lower-case hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The address of an exported symbol, which stays valid until the process ends. This function reads nothing at the
    /// address: only the caller knows its type.
    pub fn symbol(&self, name: &str) -> Result<*const (), SymbolError> {
        let missing = || SymbolError { path: self.path.clone(), symbol: name.to_owned() };
        // The loader's reason is left out: it is always the same, and contains the path of the copy.
        self.handle.symbol(name).ok().flatten().ok_or_else(missing)
    }
}

/// Maps the copy. Also returns whether it was mapped from the snapshot's own memory.
fn map(snapshot: &Snapshot, placement: &Placement) -> Result<(Handle, bool), LoadError> {
    let path = || snapshot.metadata.path.clone();
    let mut tried = Vec::new();
    if placement.memory {
        match snapshot.executable.then(|| dlopen::open(&memory_path(snapshot))) {
            Some(Ok(handle)) => return Ok((handle, true)),
            Some(Err(source)) if !is_about_the_place(&source) => {
                return Err(LoadError::Loader { path: path(), source: LoaderRefusal::of(&source) });
            }
            Some(Err(source)) => tried.push(("memory".to_owned(), reason(&source))),
            None => tried.push(("memory".to_owned(), "the system forbids it (`vm.memfd_noexec`)".to_owned())),
        }
    }
    for folder in &placement.folders {
        let place = folder.display().to_string();
        match private::with_copy(snapshot, folder, dlopen::open) {
            Ok(Ok(handle)) => return Ok((handle, false)),
            Ok(Err(source)) if !is_about_the_place(&source) => {
                return Err(LoadError::Loader { path: path(), source: LoaderRefusal::of(&source) });
            }
            Ok(Err(source)) => tried.push((place, reason(&source))),
            Err(error) => tried.push((place, error.to_string())),
        }
    }
    Err(LoadError::NoPlace { path: path(), tried })
}

/// The path contains the process id instead of `self`: it then has the same meaning for a debugger, and differs from
/// the paths of every other process.
fn memory_path(snapshot: &Snapshot) -> PathBuf {
    use std::os::fd::AsRawFd;
    format!("/proc/{}/fd/{}", std::process::id(), snapshot.memory.as_raw_fd()).into()
}

/// Whether the loader rejects the file's location (`noexec`, no `/proc`) and not its content.
fn is_about_the_place(error: &libloading::Error) -> bool {
    let reason = reason(error);
    let own = |what: &str| reason.starts_with("/proc/") && reason.contains(what);
    reason.contains("failed to map segment from shared object") || own(": cannot open shared object file")
}

fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn lines(tried: &[(String, String)]) -> String {
    tried.iter().flat_map(|(place, reason)| ["\n  ", place, ": ", reason]).collect()
}
