//! The errors of loading a provider. Each contains the expected state and the actual state.

use std::path::PathBuf;

use longshore_provider_abi::OpenError;
use thiserror::Error;

use crate::{
    hint::{Hint, HostCommand},
    library::{self, RefusedError, SnapshotError, SymbolError},
    locate::LocateError,
};

/// Why a provider could not be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// No library has that name, or the library is refused.
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
        /// The error of the search for the base.
        source: Box<LocateError>,
    },
    /// Providers extend each other in a circle.
    #[error("providers extend each other in a circle: {}", names.join(" -> "))]
    Circle {
        /// The names, in order.
        names: Vec<String>,
    },
    /// Untrusted users could have written the file.
    #[error("the library `{}` is not taken", path.display())]
    Refused {
        /// The library.
        path: PathBuf,
        /// The rule that was broken.
        source: Box<RefusedError>,
    },
    /// The file could not be read, or is not a provider.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The library could not be mapped.
    #[error(transparent)]
    Map(#[from] library::LoadError),
    /// Host and library have no generation of the interface in common.
    #[error("the library `{}` cannot be used by this host", path.display())]
    Generation {
        /// The library.
        path: PathBuf,
        /// The reason.
        source: GenerationError,
    },
    /// The library's own code failed before a provider was created.
    #[error("the library `{}` failed while {what}", path.display())]
    Author {
        /// The library.
        path: PathBuf,
        /// The operation that failed.
        what: &'static str,
        /// The error of the library.
        source: longshore_provider::Error,
    },
}

/// Why the host and the library are incompatible.
#[derive(Debug, Error)]
pub enum GenerationError {
    /// The library offers only generations that the host does not know.
    #[error(
        "it was built for generation {} of the interface (longshore-provider {interface}), and this host knows {}",
        list(offered),
        list(known)
    )]
    Unknown {
        /// The generations that the library offers.
        offered: Vec<u32>,
        /// The generations that the host knows.
        known: Vec<u32>,
        /// The version of the interface crate that the library was built with.
        interface: String,
    },
    /// The manifest names a symbol that the library does not export.
    #[error("its manifest names a symbol that it does not export")]
    Symbol {
        /// The missing symbol.
        source: Box<SymbolError>,
    },
    /// The types of the library are not the types of the generation.
    #[error(
        "its manifest names generation {generation} of the interface, and its types are not those of that generation"
    )]
    Layout {
        /// The generation that the manifest names.
        generation: u32,
        /// The result of `abi_stable`'s layout check.
        source: OpenError,
    },
}

impl LoadError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Locate(error) => error.hint(),
            Self::Snapshot(error) => error.hint(),
            Self::Map(error) => error.hint(),
            Self::Circle { .. } => Some("one of them must extend a provider outside of the circle".into()),
            Self::Author { .. } => {
                Some(Hint::new("this is a fault of the provider").with_command(HostCommand::ValidateProvider))
            }
            Self::Base { .. } | Self::Refused { .. } | Self::Generation { .. } => None,
        }
    }

    /// The comparison of `abi_stable`, which has several hundred lines, if the layout check failed.
    pub fn report(&self) -> Option<&str> {
        match self {
            Self::Generation { source: GenerationError::Layout { source, .. }, .. } => Some(source.report()),
            _ => None,
        }
    }
}

impl GenerationError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Unknown { offered, known, .. } => remedy(offered, known).into(),
            Self::Symbol { .. } => "rebuild it from clean (`cargo clean`), and do not strip its dynamic symbols".into(),
            Self::Layout { .. } => "rebuild it against a released `longshore-provider`; `--verbose` prints the whole \
                                    comparison"
                .into(),
        })
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
