//! Loads a provider by its name: finds its library and the libraries of its bases, and opens their modules.

mod error;
mod generation;
mod layer;

use std::path::{Path, PathBuf};

use serde_json::Value;

pub use self::{
    error::{GenerationError, LoadError},
    layer::LoadedLayer,
};
use crate::{
    config::{Config, Examined, ProviderName},
    library::{Placement, Trust},
    locate::{self, Candidate, SearchPath},
};

/// Guards against mistakes: no real provider extends as many bases.
const MOST_LAYERS: usize = 16;

/// The search path for libraries, and the conditions for loading them.
#[derive(Clone, Debug)]
pub struct Loader {
    /// The folder that holds `config/` and `providers/`.
    pub project: PathBuf,
    /// Additional folders to search, all absolute: the entries of `LONGSHORE_PROVIDER_PATH`.
    pub provider_path: Vec<PathBuf>,
    /// The path of the running program.
    pub exe: PathBuf,
    /// The users whose libraries are accepted.
    pub trust: Trust,
    /// The possible places for the copy that is mapped.
    pub placement: Placement,
}

/// A provider's library and the libraries of its bases, the outermost first. Their code is in the process, and no
/// provider has been created from it.
pub struct Loaded {
    layers: Vec<LoadedLayer>,
    warnings: Vec<String>,
}

impl Loader {
    /// A loader for the project in the folder `project`, which also searches next to this program.
    pub fn new(project: impl Into<PathBuf>) -> Self {
        Self {
            project: project.into(),
            provider_path: Vec::new(),
            exe: std::env::current_exe().unwrap_or_default(),
            trust: Trust::default(),
            placement: Placement::default(),
        }
    }

    /// A loader with the search path of a project's configuration.
    pub fn of(config: &Config) -> Self {
        Self {
            provider_path: config.provider_path.clone(),
            trust: Trust { users: config.trusted_users.clone() },
            ..Self::new(&config.project)
        }
    }

    /// A loader for a project whose configuration may be invalid or missing.
    pub fn around(examined: &Examined) -> Self {
        Self {
            provider_path: examined.provider_path.clone(),
            trust: Trust { users: examined.trusted_users.clone() },
            ..Self::new(&examined.project)
        }
    }

    /// The search path for a provider whose configuration contains `path`, or no path.
    pub fn search_path(&self, path: Option<&Path>) -> SearchPath {
        SearchPath {
            explicit: path.map(Path::to_owned),
            project: self.project.clone(),
            // Joining fails only for a folder whose name contains `:`, which the environment variable cannot contain
            // either.
            env_path: std::env::join_paths(&self.provider_path).ok(),
            exe: self.exe.clone(),
            trust: self.trust.clone(),
        }
    }

    /// Loads the provider `name` and its bases. `path` is the configured path of its library.
    ///
    /// # Errors
    ///
    /// A library is not found, is refused, or cannot be opened; or providers extend each other in a circle.
    pub fn load(&self, name: &ProviderName, path: Option<&Path>) -> Result<Loaded, LoadError> {
        longshore_provider::host::prepare();
        let (chain, mut warnings) = self.find(name, path)?;
        let mut layers = Vec::with_capacity(chain.len());
        for candidate in chain {
            let layer = LoadedLayer::open(self, &candidate)?;
            warnings.extend(layer.metadata.warnings());
            layers.push(layer);
        }
        Ok(Loaded { layers, warnings })
    }

    /// Performs all checks of [`Loader::load`] that need no code of a library. Returns the libraries of the provider
    /// `name` and of its bases, the outermost first.
    ///
    /// # Errors
    ///
    /// The errors of [`Loader::load`] that are detectable without running a library.
    pub fn check(&self, name: &ProviderName, path: Option<&Path>) -> Result<Vec<Candidate>, LoadError> {
        let (chain, _) = self.find(name, path)?;
        for candidate in &chain {
            let path = || candidate.path.clone();
            candidate
                .open(&self.trust)
                .map_err(|source| LoadError::Refused { path: path(), source: Box::new(source) })?;
            generation::choose(&candidate.manifest).map_err(|source| LoadError::Generation { path: path(), source })?;
        }
        Ok(chain)
    }

    /// Finds the library and its bases by their manifests. Also returns warnings for the user.
    fn find(&self, name: &ProviderName, path: Option<&Path>) -> Result<(Vec<Candidate>, Vec<String>), LoadError> {
        let paths = self.search_path(path);
        let located = locate::search(&paths, name.as_str())?;
        for overridden in &located.overridden {
            let (chosen, other) = (located.choice.path.display(), overridden.path.display());
            tracing::debug!("`{chosen}` is taken for `{name}`; it overrides `{other}`");
        }
        Ok((chain(&paths, located.choice)?, located.warnings))
    }
}

impl Loaded {
    /// The layers, the outermost first.
    pub fn layers(&self) -> &[LoadedLayer] {
        &self.layers
    }

    /// Warnings for the user about problems that do not prevent the provider from working.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The schema for the configured options: the outermost schema that restricts them.
    ///
    /// # Errors
    ///
    /// Making it panicked.
    pub fn schema(&self) -> Result<Value, LoadError> {
        for layer in &self.layers {
            let schema = layer.schema()?;
            if schema_says_something(&schema) {
                return Ok(schema);
            }
        }
        Ok(Value::Bool(true))
    }

    /// Whether the outermost library defines the options itself. Otherwise its base defines them.
    ///
    /// # Errors
    ///
    /// Making its schema panicked.
    pub fn has_own_schema(&self) -> Result<bool, LoadError> {
        self.layers.first().map_or(Ok(true), |layer| Ok(schema_says_something(&layer.schema()?)))
    }

    /// The extensions that the outermost provider declares.
    pub fn extensions(&self) -> &[String] {
        self.layers.first().map_or(&[], |layer| &layer.metadata.manifest.extensions)
    }
}

/// Whether a schema restricts anything. An overlay without its own options exports `true`, or an object that only names
/// the dialect.
pub(crate) fn schema_says_something(schema: &Value) -> bool {
    match schema {
        Value::Bool(_) => false,
        Value::Object(keys) => keys.keys().any(|key| !matches!(key.as_str(), "$schema" | "title" | "description")),
        _ => true,
    }
}

/// Finds the library and its bases by their manifests alone: no library is loaded if one of them is missing.
fn chain(paths: &SearchPath, outermost: Candidate) -> Result<Vec<Candidate>, LoadError> {
    let mut chain = vec![outermost];
    loop {
        let last = &chain[chain.len() - 1];
        if last.manifest.extends.is_none() {
            return Ok(chain);
        }
        let base = locate::base(paths, last).map_err(|source| LoadError::Base {
            name: last.manifest.name.clone(),
            base: last.manifest.extends.clone().unwrap_or_default(),
            path: last.path.clone(),
            source: Box::new(source),
        })?;
        let seen = chain.iter().any(|earlier| earlier.path == base.path);
        if seen || chain.len() == MOST_LAYERS {
            let names = chain.iter().map(|layer| layer.manifest.name.clone()).chain([base.manifest.name]);
            return Err(LoadError::Circle { names: names.collect() });
        }
        chain.push(base);
    }
}
