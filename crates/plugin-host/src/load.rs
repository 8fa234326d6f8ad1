//! From a name to loaded code: finds the library, and those that it extends, and opens their modules.

mod error;
mod generation;
mod layer;

use std::path::{Path, PathBuf};

use serde_json::Value;

pub use self::{
    error::{GenerationError, LoadError},
    layer::Layer,
};
use crate::{
    config::{Config, Examined, ProviderName},
    library::{Placement, Trust},
    locate::{self, Candidate, SearchPath},
};

/// No provider extends so many others; it is a limit against mistakes.
const MOST_LAYERS: usize = 16;

/// Where libraries are looked for and how they are taken.
#[derive(Clone, Debug)]
pub struct Loader {
    /// The folder that holds `config/` and `providers/`.
    pub project: PathBuf,
    /// Further folders to look in, all absolute: what `LONGSHORE_PROVIDER_PATH` lists.
    pub provider_path: Vec<PathBuf>,
    /// The path of the running program.
    pub exe: PathBuf,
    /// Whose libraries are taken.
    pub trust: Trust,
    /// Where the copy lies that is mapped.
    pub placement: Placement,
    /// Whether the draft of the next generation is preferred where a library offers it. For tests.
    #[doc(hidden)]
    pub draft: bool,
}

/// A provider's library and those of its bases, the outermost first. Their code is in the process; no provider has
/// been made of it.
pub struct Loaded {
    layers: Vec<Layer>,
    warnings: Vec<String>,
}

impl Loader {
    /// Looks for libraries for the project in `project`, and next to this program.
    pub fn new(project: impl Into<PathBuf>) -> Self {
        Self {
            project: project.into(),
            provider_path: Vec::new(),
            exe: std::env::current_exe().unwrap_or_default(),
            trust: Trust::default(),
            placement: Placement::default(),
            draft: false,
        }
    }

    /// Looks for libraries as the configuration of a project says.
    pub fn of(config: &Config) -> Self {
        Self {
            provider_path: config.provider_path.clone(),
            trust: Trust { users: config.trusted_users.clone() },
            ..Self::new(&config.project)
        }
    }

    /// The same for a project whose configuration may be wrong, or missing.
    pub fn around(examined: &Examined) -> Self {
        Self {
            provider_path: examined.provider_path.clone(),
            trust: Trust { users: examined.trusted_users.clone() },
            ..Self::new(&examined.project)
        }
    }

    /// The places for a provider whose configuration names `path`, or none.
    pub fn search_path(&self, path: Option<&Path>) -> SearchPath {
        SearchPath {
            explicit: path.map(Path::to_owned),
            project: self.project.clone(),
            // A folder whose name has a `:` cannot be written in that variable either.
            env_path: std::env::join_paths(&self.provider_path).ok(),
            exe: self.exe.clone(),
            trust: self.trust.clone(),
        }
    }

    /// Loads the provider `name` and what it extends. `path` is the place that the configuration gives for it.
    ///
    /// # Errors
    ///
    /// A library is not found, not taken, or cannot be opened; a provider extends itself in a circle.
    pub fn load(&self, name: &ProviderName, path: Option<&Path>) -> Result<Loaded, LoadError> {
        longshore_provider::host::prepare();
        let (chain, mut warnings) = self.find(name, path)?;
        let mut layers = Vec::with_capacity(chain.len());
        for candidate in chain {
            let layer = Layer::open(self, &candidate)?;
            warnings.extend(layer.facts.warnings());
            layers.push(layer);
        }
        Ok(Loaded { layers, warnings })
    }

    /// Everything that [`Loader::load`] checks before any code of a library runs: the libraries of the provider `name`
    /// and of what it extends, the outermost first.
    ///
    /// # Errors
    ///
    /// As of [`Loader::load`], as far as it can be known.
    pub fn check(&self, name: &ProviderName, path: Option<&Path>) -> Result<Vec<Candidate>, LoadError> {
        let (chain, _) = self.find(name, path)?;
        for candidate in &chain {
            let path = || candidate.path.clone();
            candidate
                .open(&self.trust)
                .map_err(|source| LoadError::Refused { path: path(), source: Box::new(source) })?;
            generation::choose(&candidate.note, self.draft)
                .map_err(|source| LoadError::Generation { path: path(), source })?;
        }
        Ok(chain)
    }

    /// The library and its bases, by their notes, and what a user should know.
    fn find(&self, name: &ProviderName, path: Option<&Path>) -> Result<(Vec<Candidate>, Vec<String>), LoadError> {
        let paths = self.search_path(path);
        let located = locate::search(&paths, name.as_str())?;
        for shadowed in &located.shadowed {
            let (chosen, other) = (located.choice.path.display(), shadowed.path.display());
            tracing::debug!("`{chosen}` is taken for `{name}`; it shadows `{other}`");
        }
        Ok((chain(&paths, located.choice)?, located.warnings))
    }
}

impl Loaded {
    /// The layers, the outermost first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// What a user should know and what does not keep the provider from working.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The schema that the configured options are checked against: the outermost one that says anything.
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

    /// Whether the outermost library says itself what the options are; otherwise it leaves them to its base.
    ///
    /// # Errors
    ///
    /// Making its schema panicked.
    pub fn has_own_schema(&self) -> Result<bool, LoadError> {
        self.layers.first().map_or(Ok(true), |layer| Ok(schema_says_something(&layer.schema()?)))
    }

    /// The extensions that the outermost provider declares.
    pub fn extensions(&self) -> &[String] {
        self.layers.first().map_or(&[], |layer| &layer.facts.note.extensions)
    }
}

/// An overlay without options of its own exports `true`, possibly within an object that only names the dialect.
pub(crate) fn schema_says_something(schema: &Value) -> bool {
    match schema {
        Value::Bool(_) => false,
        Value::Object(keys) => keys.keys().any(|key| !matches!(key.as_str(), "$schema" | "title" | "description")),
        _ => true,
    }
}

/// The library and its bases, by their notes alone: nothing is loaded if one of them is missing.
fn chain(paths: &SearchPath, outermost: Candidate) -> Result<Vec<Candidate>, LoadError> {
    let mut chain = vec![outermost];
    loop {
        let last = &chain[chain.len() - 1];
        if last.note.extends.is_none() {
            return Ok(chain);
        }
        let base = locate::base(paths, last).map_err(|source| LoadError::Base {
            name: last.note.name.clone(),
            base: last.note.extends.clone().unwrap_or_default(),
            path: last.path.clone(),
            source: Box::new(source),
        })?;
        let seen = chain.iter().any(|earlier| earlier.path == base.path);
        if seen || chain.len() == MOST_LAYERS {
            let names = chain.iter().map(|layer| layer.note.name.clone()).chain([base.note.name]);
            return Err(LoadError::Circle { names: names.collect() });
        }
        chain.push(base);
    }
}
