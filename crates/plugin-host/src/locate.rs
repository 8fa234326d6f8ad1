//! Finds the library of a provider by its name.
//!
//! A library is known by the note inside it, never by its file's name. The places are gone through in this order:
//!
//! 1. the path that the configuration gives, relative to the project: a library, or a folder with it;
//! 2. `<project>/providers/<name>/`: a user's own provider, which so stands before an official one of the same name;
//! 3. the absolute entries of `LONGSHORE_PROVIDER_PATH`;
//! 4. `<exe>/../lib/longshore/providers/`, where a package has them;
//! 5. when the program lies in Cargo's target folder: the libraries beside it.
//!
//! No folder is searched below itself. What is found first is chosen; the others of that name are shadowed, and an
//! overlay that has its base's name finds the base there ([`base`]). A place that has the name and cannot give it
//! (refused, broken, two of them) is an error, and never a reason to take a later one silently.

mod error;
mod listing;
mod looked;
mod name;
mod place;
mod scan;
mod search;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::library::{OpenedFile, PluginManifest, RefusedError, Trust};

pub use error::LocateError;
pub use listing::{Listed, State, all};
pub use looked::{Looked, Outcome};
pub use name::{NameError, canonical};
pub use place::{Place, PlaceKind};
pub use search::{base, candidates, search};

/// Where to look for libraries. Nothing here is read from the environment: the caller passes what it knows.
#[derive(Clone, Debug)]
pub struct SearchPath {
    /// The path that the configuration gives for this one provider, if it does.
    pub explicit: Option<PathBuf>,
    /// The folder that holds `config/` and `providers/`.
    pub project: PathBuf,
    /// The value of `LONGSHORE_PROVIDER_PATH`: folders, separated as in `PATH`.
    pub env_path: Option<OsString>,
    /// The path of the running program.
    pub exe: PathBuf,
    /// Whose libraries are taken.
    pub trust: Trust,
}

/// A library whose note has the name that was asked for.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The library, as it was found: symbolic links not resolved.
    pub path: PathBuf,
    /// Where it was found.
    pub place: Place,
    /// What it says about itself.
    pub note: PluginManifest,
    /// Device and inode: two paths to one file are one candidate.
    file: scan::FileId,
}

impl Candidate {
    /// Opens the library, after holding it to the rules of trust.
    pub fn open(&self, trust: &Trust) -> Result<OpenedFile, RefusedError> {
        crate::library::open(&self.path, trust)
    }
}

/// The choice, and what else has its name.
#[derive(Clone, Debug)]
pub struct Located {
    /// The library to load. It passed the rules of trust a moment ago, and is held to them again when it is opened.
    pub choice: Candidate,
    /// Libraries of the same name in later places, in order. Not held to the rules of trust.
    pub shadowed: Vec<Candidate>,
    /// What a user should know and what does not keep the choice from working.
    pub warnings: Vec<String>,
}
