//! The errors of the search for a library. If no library is found, the message lists every place and its content on one
//! screen.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::name::NameError;
use super::searched::{Outcome, SearchedPlace, names};
use crate::{
    hint::Hint,
    library::{ManifestError, RefusedError},
};

/// Why a provider's library was not found, or was refused.
#[derive(Debug, Error)]
pub enum LocateError {
    /// The name is not valid for a provider.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No place contains a library with the name.
    #[error("{}", render(name, looked, relative, overridden_by.as_deref()))]
    NotFound {
        /// The name.
        name: String,
        /// Every place, in order.
        looked: Vec<SearchedPlace>,
        /// Entries of `LONGSHORE_PROVIDER_PATH` that are ignored for being relative.
        relative: Vec<PathBuf>,
        /// The overlay whose base, which has the same name, was searched.
        overridden_by: Option<PathBuf>,
    },
    /// Several libraries in one place have the name.
    #[error("there are {} libraries of the provider `{name}` in one place:{}", paths.len(), lines(paths))]
    Ambiguous {
        /// The name.
        name: String,
        /// The libraries.
        paths: Vec<PathBuf>,
    },
    /// Untrusted users could have written the library.
    #[error("the library of the provider `{name}` is not taken: `{}`", path.display())]
    Refused {
        /// The name.
        name: String,
        /// The library.
        path: PathBuf,
        /// The rule that was broken.
        source: Box<RefusedError>,
    },
    /// The place is only for this provider, and its library is not a usable provider.
    #[error("the provider `{name}` should be in `{}`, which cannot be used", path.display())]
    Broken {
        /// The name.
        name: String,
        /// The library.
        path: PathBuf,
        /// The reason why the library is unusable.
        source: ManifestError,
    },
    /// The configured path does not exist.
    #[error("the configured path `{}` does not exist", path.display())]
    PathMissing {
        /// The path.
        path: PathBuf,
    },
    /// The configured path contains only other providers.
    #[error("{}", other_name(name, path, found))]
    OtherName {
        /// The name that was searched.
        name: String,
        /// The configured path.
        path: PathBuf,
        /// The names of the providers at the path.
        found: Vec<String>,
    },
    /// A place that must be searched cannot be read.
    #[error("`{}` cannot be read", path.display())]
    Unreadable {
        /// The place.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The caller requested the base of a provider that extends none.
    #[error("the provider `{name}` extends no other")]
    NoBase {
        /// The provider.
        name: String,
    },
}

impl LocateError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Name(error) => error.hint(),
            Self::NotFound { name, looked, overridden_by, .. } => {
                not_found_hint(name, looked, overridden_by.as_deref())
            }
            Self::Ambiguous { .. } => Some("leave one of them there, or name one by `path`".into()),
            Self::PathMissing { .. } => Some("it is relative to the project's folder".into()),
            Self::OtherName { found, .. } => Some(match &found[..] {
                [found] => format!("set `provider = \"{found}\"`").into(),
                _ => "build the provider and copy its library there, or leave `path` out".into(),
            }),
            Self::Unreadable { source, .. } => Some(unreadable(source).into()),
            Self::Refused { .. } | Self::Broken { .. } | Self::NoBase { .. } => None,
        }
    }

    pub(super) fn not_found(
        name: &str,
        looked: Vec<SearchedPlace>,
        relative: Vec<PathBuf>,
        overridden_by: Option<PathBuf>,
    ) -> Self {
        Self::NotFound { name: name.to_owned(), looked, relative, overridden_by }
    }
}

fn render(name: &str, looked: &[SearchedPlace], relative: &[PathBuf], overridden_by: Option<&Path>) -> String {
    /// More places do not fit on a screen.
    const PLACES: usize = 12;
    let mut text = match overridden_by {
        None => format!("no provider called `{name}` was found; looked in"),
        Some(overlay) => {
            format!("`{}` extends `{name}`, and no other provider is called so; looked in", overlay.display())
        }
    };
    for looked in looked.iter().take(PLACES) {
        let _ = write!(text, "\n  {}: {}", looked.place, looked.line());
    }
    if looked.len() > PLACES {
        let _ = write!(text, "\n  and {} more places", looked.len() - PLACES);
    }
    for entry in relative.iter().take(3) {
        let _ = write!(text, "\n  {} (LONGSHORE_PROVIDER_PATH): ignored, as it is not absolute", entry.display());
    }
    text
}

fn not_found_hint(name: &str, looked: &[SearchedPlace], overridden_by: Option<&Path>) -> Option<Hint> {
    let known = looked.iter().filter_map(|looked| match &looked.outcome {
        Outcome::Libraries { providers, .. } => Some(providers),
        _ => None,
    });
    match near(name, known.flatten()) {
        Some(near) => Some(format!("did you mean `{near}`?").into()),
        None if overridden_by.is_none() => {
            Some(format!("build the provider and copy its library into `providers/{name}/` of the project").into())
        }
        None => None,
    }
}

fn unreadable(source: &std::io::Error) -> &'static str {
    if source.kind() == std::io::ErrorKind::PermissionDenied {
        return "let the user who runs this read it";
    }
    "remove the link, or make it lead to a folder"
}

fn other_name(name: &str, path: &Path, found: &[String]) -> String {
    let path = path.display();
    if let [found] = found {
        return format!("`{path}` is the provider `{found}`, not `{name}`");
    }
    let has = if found.is_empty() { "no libraries".to_owned() } else { names(found) };
    format!("the configured path `{path}` has no provider `{name}`: it has {has}")
}

/// The known name that is most similar to `name`, if it is similar enough for a suggestion.
fn near<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let distance = |other: &str| strsim::damerau_levenshtein(name, other);
    known
        .filter(|other| *other != name)
        .map(|other| (distance(other), other))
        .filter(|(distance, other)| *distance <= 2.max(other.len() / 4) && *distance < other.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

fn lines(paths: &[PathBuf]) -> String {
    let mut text = String::new();
    for path in paths.iter().take(8) {
        let _ = write!(text, "\n  {}", path.display());
    }
    text
}
