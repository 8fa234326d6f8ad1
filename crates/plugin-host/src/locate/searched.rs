//! The content of each place, for the message when a name is not found.

use std::path::PathBuf;

use super::place::{Place, PlaceKind};
use super::scan::Scan;
use crate::library::ManifestError;

/// One place that was searched.
#[derive(Clone, Debug)]
pub struct SearchedPlace {
    /// The place.
    pub place: Place,
    /// The content of the place.
    pub outcome: Outcome,
}

/// The content of a place.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The place does not exist.
    Missing,
    /// The place cannot be read, for this reason.
    Unreadable(String),
    /// The place exists. It may contain no libraries.
    Libraries {
        /// Names of the providers.
        providers: Vec<String>,
        /// Unusable files that are providers, or are in a place for providers alone.
        broken: Vec<(PathBuf, ManifestError)>,
        /// The number of libraries that are not providers.
        others: usize,
    },
}

impl SearchedPlace {
    pub(super) fn new(place: &Place, scan: &Scan) -> Self {
        let outcome = match scan {
            Scan::Missing => Outcome::Missing,
            Scan::Unreadable(error) => Outcome::Unreadable(error.to_string()),
            Scan::Libraries(libraries) => {
                let (mut providers, mut broken, mut others) = (Vec::new(), Vec::new(), 0);
                for library in libraries {
                    match &library.manifest {
                        Ok(manifest) => providers.push(manifest.name.clone()),
                        Err(error) if error.is_no_provider() && place.kind.is_mixed() => others += 1,
                        Err(error) => broken.push((library.path.clone(), error.clone())),
                    }
                }
                Outcome::Libraries { providers, broken, others }
            }
        };
        Self { place: place.clone(), outcome }
    }

    /// A warning if the user's folder for `name` contains only other providers, because the folder then has no effect.
    pub(super) fn misplaced(&self, name: &str) -> Option<String> {
        let Outcome::Libraries { providers, .. } = &self.outcome else { return None };
        if self.place.kind != PlaceKind::Project || providers.is_empty() || providers.iter().any(|other| other == name)
        {
            return None;
        }
        let folder = self.place.path.display();
        Some(format!("`{folder}` is for `{name}`, and has {}, which is not looked for there", names(providers)))
    }

    /// The content of the place on one line.
    pub(super) fn line(&self) -> String {
        match &self.outcome {
            Outcome::Missing => "does not exist".to_owned(),
            Outcome::Unreadable(error) => error.clone(),
            Outcome::Libraries { providers, broken, others } => {
                let mut parts = Vec::new();
                if !providers.is_empty() {
                    parts.push(names(providers));
                }
                for (path, error) in broken.iter().take(3) {
                    let file = path.file_name().unwrap_or_default().display();
                    let text = error.to_string();
                    parts.push(format!("`{file}`: {}", text.lines().next().unwrap_or_default()));
                }
                if broken.len() > 3 {
                    parts.push(format!("{} more that cannot be used", broken.len() - 3));
                }
                match others {
                    0 if parts.is_empty() => parts.push("no libraries".to_owned()),
                    0 => {}
                    1 => parts.push("1 library that is no provider".to_owned()),
                    more => parts.push(format!("{more} libraries that are no providers")),
                }
                parts.join("; ")
            }
        }
    }
}

/// Lists at most twelve names on one line.
pub(super) fn names(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(12);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
