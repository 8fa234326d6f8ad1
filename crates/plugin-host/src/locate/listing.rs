//! Lists every library that could be loaded, for display.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::SearchPath;
use super::place::{Place, PlaceKind, explicit, own_folders, shared};
use super::scan::{FileId, Library, Scan, scan};
use crate::library::{ManifestError, PluginManifest, RefusedError};

/// A library that is a provider, or is in a folder for providers.
#[derive(Debug)]
pub struct Listed {
    /// The library.
    pub path: PathBuf,
    /// The place that contains the library.
    pub place: Place,
    /// The plugin manifest of the library; `None` if it cannot be read.
    pub manifest: Option<PluginManifest>,
    /// The result of a search for the library's provider.
    pub state: State,
}

/// The result of a search for a provider, for one library with its name.
#[derive(Debug)]
pub enum State {
    /// The library would be loaded.
    Chosen,
    /// A library in an earlier place has the same name.
    Overridden {
        /// The library in the earlier place.
        by: PathBuf,
    },
    /// Several libraries in the same place have the name, and none of them would be loaded.
    Ambiguous,
    /// The library is in the folder of another name, where the search for its own name does not look.
    Misplaced {
        /// The name that the folder is for.
        folder: String,
    },
    /// Untrusted users could have written the library.
    Refused(RefusedError),
    /// The library cannot be used.
    Broken(ManifestError),
}

/// Lists the libraries of all places, in the order of the search. A file that is not a provider is listed only if its
/// place is for providers alone.
pub fn all(paths: &SearchPath) -> Vec<Listed> {
    let mut listed = Vec::new();
    let mut chosen: Vec<(String, PathBuf)> = Vec::new();
    let mut seen: BTreeSet<FileId> = BTreeSet::new();
    for (place, only) in all_places(paths) {
        let Scan::Libraries(libraries) = scan(&place) else { continue };
        let names: Vec<String> = libraries
            .iter()
            .filter_map(|library| library.manifest.as_ref().ok())
            .map(|manifest| manifest.name.clone())
            .collect();
        let mut taken_here = Vec::new();
        for Library { path, file, manifest } in libraries {
            if !seen.insert(file) {
                continue;
            }
            let manifest = match manifest {
                Ok(manifest) => manifest,
                Err(error) if error.is_no_provider() && place.kind.is_mixed() => continue,
                Err(error) => {
                    listed.push(Listed { path, place: place.clone(), manifest: None, state: State::Broken(error) });
                    continue;
                }
            };
            let state = if let Some(folder) = only.clone().filter(|only| *only != manifest.name) {
                State::Misplaced { folder }
            } else {
                taken_here.push((manifest.name.clone(), path.clone()));
                if let Some((_, by)) = chosen.iter().find(|(name, _)| *name == manifest.name) {
                    State::Overridden { by: by.clone() }
                } else if names.iter().filter(|name| **name == manifest.name).count() > 1 {
                    State::Ambiguous
                } else {
                    crate::library::open(&path, &paths.trust).map_or_else(State::Refused, |_| State::Chosen)
                }
            };
            listed.push(Listed { path, place: place.clone(), manifest: Some(manifest), state });
        }
        chosen.extend(taken_here);
    }
    listed
}

/// Each place, with the only name that is searched in it, if the place is for one provider.
fn all_places(paths: &SearchPath) -> Vec<(Place, Option<String>)> {
    let mut places: Vec<(Place, Option<String>)> = explicit(paths).map(|place| (place, None)).into_iter().collect();
    let mut own: Vec<PathBuf> =
        own_folders(paths).read_dir().into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    own.sort();
    for path in own.into_iter().filter(|path| path.is_dir()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        places.push((Place { kind: PlaceKind::Project, path }, Some(name)));
    }
    places.extend(shared(paths).0.into_iter().map(|place| (place, None)));
    places
}
