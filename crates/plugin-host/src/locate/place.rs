//! The places to search for libraries, in order.

use std::fmt;
use std::path::{Path, PathBuf};

use super::SearchPath;

/// One place: a folder, or a library that the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Why it is looked at.
    pub kind: PlaceKind,
    /// The folder, or the library.
    pub path: PathBuf,
}

/// Why a place is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    /// The configuration names it.
    Explicit,
    /// `providers/<name>/` in the project.
    Project,
    /// An entry of `LONGSHORE_PROVIDER_PATH`.
    Environment,
    /// Beside the installed program.
    Installed,
    /// Cargo's target folder.
    Target,
}

impl PlaceKind {
    /// Whether the place is only for the provider that is searched. An unusable library there is an error, because the
    /// user cannot have meant another one.
    pub(super) fn is_for_one(self) -> bool {
        matches!(self, Self::Explicit | Self::Project)
    }

    /// Whether the place may contain any libraries, and files that are not providers are only counted.
    pub(super) fn is_mixed(self) -> bool {
        matches!(self, Self::Environment | Self::Target)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.kind {
            PlaceKind::Explicit => "the configured path",
            PlaceKind::Project => "the project's own",
            PlaceKind::Environment => "LONGSHORE_PROVIDER_PATH",
            PlaceKind::Installed => "installed",
            PlaceKind::Target => "Cargo's target folder",
        };
        write!(f, "{} ({why})", self.path.display())
    }
}

/// The places for one name, in order, and the relative entries of the environment variable, which are ignored.
pub(super) fn places(paths: &SearchPath, name: &str) -> (Vec<Place>, Vec<PathBuf>) {
    let own = Place { kind: PlaceKind::Project, path: own_folders(paths).join(name) };
    let (shared, relative) = shared(paths);
    let mut places: Vec<Place> = explicit(paths).into_iter().chain([own]).chain(shared).collect();
    // `path = "providers/aws-s3"` repeats a place that is searched anyway.
    let mut seen = Vec::new();
    places.retain(|place| {
        let new = !seen.contains(&place.path);
        seen.push(place.path.clone());
        new
    });
    (places, relative)
}

pub(super) fn explicit(paths: &SearchPath) -> Option<Place> {
    let path = paths.explicit.as_ref()?;
    Some(Place { kind: PlaceKind::Explicit, path: paths.project.join(path) })
}

/// The folder that contains a subfolder for each of the user's own providers.
pub(super) fn own_folders(paths: &SearchPath) -> PathBuf {
    paths.project.join("providers")
}

/// The places that do not depend on the name.
pub(super) fn shared(paths: &SearchPath) -> (Vec<Place>, Vec<PathBuf>) {
    let entries = paths.env_path.iter().flat_map(std::env::split_paths).filter(|entry| !entry.as_os_str().is_empty());
    let (absolute, relative): (Vec<_>, Vec<_>) = entries.partition(|entry| entry.is_absolute());
    let place = |kind| move |path| Place { kind, path };
    let mut places: Vec<Place> = absolute.into_iter().map(place(PlaceKind::Environment)).collect();
    places.extend(installed(&paths.exe).map(place(PlaceKind::Installed)));
    places.extend(target(&paths.exe).into_iter().map(place(PlaceKind::Target)));
    (places, relative)
}

/// The providers of `/usr/bin/longshore` are in `/usr/lib/longshore/providers`.
fn installed(exe: &Path) -> Option<PathBuf> {
    Some(exe.parent()?.parent()?.join("lib/longshore/providers"))
}

/// Cargo's folders with the libraries that were built together with the program. Tests and examples are one folder
/// deeper. For a test, Cargo may have put a library only into `deps/`.
fn target(exe: &Path) -> Vec<PathBuf> {
    let Some(folder) = exe.parent() else { return Vec::new() };
    let deeper = folder.file_name().is_some_and(|name| name == "deps" || name == "examples");
    let Some(profile) = (if deeper { folder.parent() } else { Some(folder) }) else { return Vec::new() };
    // Cargo keeps at least one of these in the folder of each profile.
    if !profile.join(".cargo-lock").exists() && !profile.join(".fingerprint").is_dir() {
        return Vec::new();
    }
    if folder.ends_with("deps") { vec![folder.to_owned(), profile.to_owned()] } else { vec![profile.to_owned()] }
}
