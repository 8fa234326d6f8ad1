//! Why a provider could not be loaded: what was expected, what was found, what to do.

use std::path::PathBuf;

use longshore_provider_abi::OpenError;
use thiserror::Error;

use crate::{
    library::{self, RefusedError, SnapshotError, SymbolError},
    locate::LocateError,
};

/// Why a provider could not be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// There is none of that name, or it is not taken.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// The base of an overlay could not be found.
    #[error("the provider `{name}` (`{}`) extends `{base}`, which could not be found", path.display())]
    Base {
        /// The overlay.
        name: String,
        /// Its base.
        base: String,
        /// The overlay's library.
        path: PathBuf,
        /// What was looked at.
        source: Box<LocateError>,
    },
    /// A provider extends itself.
    #[error("providers extend each other in a circle: {}\nhint: one of them must extend a provider outside of the circle", names.join(" -> "))]
    Circle {
        /// The names, in order.
        names: Vec<String>,
    },
    /// Others could have written the file.
    #[error("the library `{}` is not taken", path.display())]
    Refused {
        /// The library.
        path: PathBuf,
        /// The rule that was broken.
        source: Box<RefusedError>,
    },
    /// The file could not be read, or is no provider.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The system could not map it.
    #[error(transparent)]
    Map(#[from] library::LoadError),
    /// Host and library have no generation of the interface in common.
    #[error("the library `{}` cannot be used by this host", path.display())]
    Generation {
        /// The library.
        path: PathBuf,
        /// Why.
        source: GenerationError,
    },
    /// Author code failed before a provider was made.
    #[error(
        "the library `{}` failed while {what}\nhint: this is a fault of the provider: `longshore provider validate` says more",
        path.display()
    )]
    Author {
        /// The library.
        path: PathBuf,
        /// What it was asked for.
        what: &'static str,
        /// What it said.
        source: longshore_provider::Error,
    },
}

/// Why host and library do not fit.
#[derive(Debug, Error)]
pub enum GenerationError {
    /// The library is for other generations.
    #[error(
        "it was built for generation {} of the interface (longshore-provider {interface}), and this host knows {}\n\
         hint: {}",
        list(offered),
        list(known),
        remedy(offered, known)
    )]
    Unknown {
        /// What the library offers.
        offered: Vec<u32>,
        /// What the host knows.
        known: Vec<u32>,
        /// The version of the interface crate that it was built with.
        interface: String,
    },
    /// The note names a symbol that is not there.
    #[error(
        "its note names a symbol that it does not export\n\
         hint: rebuild it from clean (`cargo clean`), and do not strip its dynamic symbols"
    )]
    Symbol {
        /// What was looked for.
        source: Box<SymbolError>,
    },
    /// The types are not those of the generation.
    #[error(
        "its note says generation {generation} of the interface, and its types are not those of that generation\n\
         hint: rebuild it against a released `longshore-provider`; `--verbose` prints the whole comparison"
    )]
    Layout {
        /// The generation that the note names.
        generation: u32,
        /// abi_stable's finding.
        source: OpenError,
    },
}

impl LoadError {
    /// abi_stable's comparison of several hundred lines, if that is what failed.
    pub fn report(&self) -> Option<&str> {
        match self {
            Self::Generation { source: GenerationError::Layout { source, .. }, .. } => Some(source.report()),
            _ => None,
        }
    }
}

fn list(numbers: &[u32]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn remedy(offered: &[u32], known: &[u32]) -> String {
    let newest = known.iter().max().copied().unwrap_or(0);
    if offered.iter().all(|offer| *offer > newest) {
        format!("upgrade this host, or rebuild the provider against `longshore-provider` {newest}.x")
    } else {
        format!("rebuild the provider against `longshore-provider` {newest}.x")
    }
}
