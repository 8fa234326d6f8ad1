//! Finds the library of a provider by its name.
//!
//! The plugin manifest in a library determines the provider's name; the file's name does not matter. The places are
//! searched in this order:
//!
//! 1. the configured path, relative to the project: a library, or a folder that contains it;
//! 2. `<project>/providers/<name>/`: the user's own provider, which takes precedence over an official one of the same
//!    name;
//! 3. the absolute entries of `LONGSHORE_PROVIDER_PATH`;
//! 4. `<exe>/../lib/longshore/providers/`, the folder of an installed package;
//! 5. if the program is in Cargo's target folder: the libraries in the same folder.
//!
//! Subfolders are not searched. The first library with the name is chosen, and it overrides the later ones. An overlay
//! with the name of its base finds the base among the overridden libraries ([`base`]). If a place contains the name and
//! its library is unusable (refused, broken or ambiguous), the search fails instead of silently using a later place.

mod error;
mod listing;
mod name;
mod place;
mod scan;
mod search;
mod searched;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::library::{OpenedFile, PluginManifest, RefusedError, Trust};

pub use error::LocateError;
pub use listing::{Listed, State, all};
pub use name::{NameError, canonical};
pub use place::{Place, PlaceKind};
pub use search::{base, candidates, search};
pub use searched::{Outcome, SearchedPlace};

/// The search path for libraries. This module reads no environment variable: the caller passes the values.
#[derive(Clone, Debug)]
pub struct SearchPath {
    /// The configured path of this one provider, if there is one.
    pub explicit: Option<PathBuf>,
    /// The folder that holds `config/` and `providers/`.
    pub project: PathBuf,
    /// The value of `LONGSHORE_PROVIDER_PATH`: folders, separated in the same way as in `PATH`.
    pub env_path: Option<OsString>,
    /// The path of the running program.
    pub exe: PathBuf,
    /// The users whose libraries are accepted.
    pub trust: Trust,
}

/// A library whose manifest has the requested name.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The path of the library, with unresolved symbolic links.
    pub path: PathBuf,
    /// The place that contains the library.
    pub place: Place,
    /// The plugin manifest of the library.
    pub manifest: PluginManifest,
    /// Device and inode: two paths to one file are one candidate.
    file: scan::FileId,
}

impl Candidate {
    /// Opens the library after checking it against the ownership rules.
    pub fn open(&self, trust: &Trust) -> Result<OpenedFile, RefusedError> {
        crate::library::open(&self.path, trust)
    }
}

/// The chosen library, and the other libraries with the same name.
#[derive(Clone, Debug)]
pub struct Located {
    /// The library to load. It passed the ownership rules during the search, and is checked again when it is opened.
    pub choice: Candidate,
    /// Libraries of the same name in later places, in order. They are not checked against the ownership rules.
    pub overridden: Vec<Candidate>,
    /// Warnings for the user about problems that do not prevent the chosen library from working.
    pub warnings: Vec<String>,
}
