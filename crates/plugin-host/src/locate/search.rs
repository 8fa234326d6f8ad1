//! Chooses the library for a provider's name.

use super::error::LocateError;
use super::name::canonical;
use super::place::{Place, places};
use super::scan::{Library, Scan, scan};
use super::searched::SearchedPlace;
use super::{Candidate, Located, SearchPath};

/// Finds the library of the provider called `name`.
pub fn search(paths: &SearchPath, name: &str) -> Result<Located, LocateError> {
    let name = canonical(name)?;
    let mut survey = Survey::of(paths, &name);
    let choice = survey.next_candidate(paths)?;
    let mut located = Located { choice, overridden: Vec::new(), warnings: survey.warnings() };
    for found in survey.found {
        match found {
            Ok(candidate) if candidate.file != located.choice.file => located.overridden.push(candidate),
            Ok(_) => {}
            Err(error) => {
                located.warnings.push(format!("an overridden library of `{name}` could not be used: {error}"));
            }
        }
    }
    Ok(located)
}

/// All libraries called `name`, in the order of the search: the first is the choice. They are not checked against the
/// ownership rules.
pub fn candidates(paths: &SearchPath, name: &str) -> Result<Vec<Candidate>, LocateError> {
    let survey = Survey::of(paths, &canonical(name)?);
    survey.found.into_iter().collect()
}

/// Finds the base of an overlay by the base's name. If that is also the overlay's own name, the base is the library
/// that the overlay overrides. The overlay's configured path does not apply to another name.
pub fn base(paths: &SearchPath, overlay: &Candidate) -> Result<Candidate, LocateError> {
    let Some(name) = &overlay.manifest.extends else {
        return Err(LocateError::NoBase { name: overlay.manifest.name.clone() });
    };
    if *name != overlay.manifest.name {
        return search(&SearchPath { explicit: None, ..paths.clone() }, name).map(|located| located.choice);
    }
    let mut survey = Survey::of(paths, name);
    let own = |found: &Result<Candidate, LocateError>| found.as_ref().is_ok_and(|found| found.file == overlay.file);
    if let Some(at) = survey.found.iter().position(own) {
        survey.found.drain(..=at);
        // A later place may contain the same file.
        survey.found.retain(|found| !own(found));
    }
    survey.overridden_by = Some(overlay.path.clone());
    survey.next_candidate(paths)
}

/// The result of scanning every place once for one name.
struct Survey {
    name: String,
    /// In order: the libraries with the name, and the errors for unusable libraries in places for this name alone.
    found: Vec<Result<Candidate, LocateError>>,
    looked: Vec<SearchedPlace>,
    relative: Vec<std::path::PathBuf>,
    /// The path of the overlay, if the search is for its base.
    overridden_by: Option<std::path::PathBuf>,
}

impl Survey {
    fn of(paths: &SearchPath, name: &str) -> Self {
        let (places, relative) = places(paths, name);
        let mut survey =
            Self { name: name.to_owned(), found: Vec::new(), looked: Vec::new(), relative, overridden_by: None };
        for place in places {
            let scan = scan(&place);
            survey.looked.push(SearchedPlace::new(&place, &scan));
            let found = pick(name, &place, scan);
            survey.found.extend(found);
        }
        survey
    }

    /// Takes the first library with the name, and checks it against the ownership rules.
    fn next_candidate(&mut self, paths: &SearchPath) -> Result<Candidate, LocateError> {
        if self.found.is_empty() {
            return Err(LocateError::not_found(
                &self.name,
                std::mem::take(&mut self.looked),
                self.relative.clone(),
                self.overridden_by.take(),
            ));
        }
        let candidate = self.found.remove(0)?;
        match candidate.open(&paths.trust) {
            Ok(_) => Ok(candidate),
            Err(source) => {
                Err(LocateError::Refused { name: self.name.clone(), path: candidate.path, source: Box::new(source) })
            }
        }
    }

    fn warnings(&self) -> Vec<String> {
        let relative = self.relative.iter().map(|entry| {
            format!("`{}` in LONGSHORE_PROVIDER_PATH is ignored: only absolute paths are looked at", entry.display())
        });
        let misplaced = self.looked.iter().filter_map(|looked| looked.misplaced(&self.name));
        relative.chain(misplaced).collect()
    }
}

/// The result of one place for a name: nothing, one library, or the reason why the place cannot provide one.
fn pick(name: &str, place: &Place, scan: Scan) -> Option<Result<Candidate, LocateError>> {
    let explicit = place.kind == super::PlaceKind::Explicit;
    let libraries = match scan {
        Scan::Libraries(libraries) => libraries,
        Scan::Missing if explicit => return Some(Err(LocateError::PathMissing { path: place.path.clone() })),
        Scan::Unreadable(source) if place.kind.is_for_one() => {
            return Some(Err(LocateError::Unreadable { path: place.path.clone(), source }));
        }
        Scan::Missing | Scan::Unreadable(_) => return None,
    };
    let named = |library: &Library| library.manifest.as_ref().is_ok_and(|manifest| manifest.name == name);
    let (mut with_name, others): (Vec<Library>, Vec<Library>) = libraries.into_iter().partition(named);
    if with_name.len() > 1 {
        let paths = with_name.into_iter().map(|library| library.path).collect();
        return Some(Err(LocateError::Ambiguous { name: name.to_owned(), paths }));
    }
    if let Some(Library { path, file, manifest: Ok(manifest) }) = with_name.pop() {
        return Some(Ok(Candidate { path, place: place.clone(), manifest, file }));
    }
    if !place.kind.is_for_one() {
        return None;
    }
    let mut other_names = Vec::new();
    for library in others {
        match library.manifest {
            Err(source) => {
                return Some(Err(LocateError::Broken { name: name.to_owned(), path: library.path, source }));
            }
            Ok(manifest) => other_names.push(manifest.name),
        }
    }
    explicit
        .then(|| Err(LocateError::OtherName { name: name.to_owned(), path: place.path.clone(), found: other_names }))
}
