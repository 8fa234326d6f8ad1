//! A provider that is linked into the program that checks it: an author's own tests.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use longshore_provider::{
    Handle, Overlay, Provider, Result,
    futures::future::BoxFuture,
    host::{Init, Module, print_panics},
    serde_json::{Map, Value, json},
};

use super::{TestTarget, folder::Folder, log};
use crate::{
    report::Report,
    suite::{Run, Suite},
};

/// A provider that is linked into this program.
///
/// ```
/// # use longshore_provider_testkit::reference::Reference;
/// # use longshore_provider::serde_json::json;
/// longshore_provider_testkit::provider::<Reference>("reference")
///     .options(json!({ "maxBytes": 50_000_000 }))
///     .extensions(["list"])
///     .check_only(["upload", "range.*"]);
/// ```
pub struct Linked {
    name: String,
    /// Outermost first.
    modules: Vec<(String, Module)>,
    options: Value,
    /// What was said with [`Linked::project`].
    project: Option<PathBuf>,
    /// In place of that, if nothing was said.
    folder: Option<Folder>,
    extensions: Option<Vec<String>>,
    except: Vec<String>,
    run: Run,
}

/// The provider `P`, exported as `name`.
pub fn provider<P: Provider>(name: &str) -> Linked {
    Linked::of(name, Module::linked::<P>())
}

/// The overlay `O`, exported as `name`. What it extends is said with [`Linked::over`] or [`Linked::over_overlay`].
pub fn overlay<O: Overlay>(name: &str) -> Linked {
    Linked::of(name, Module::linked_overlay::<O>())
}

impl Linked {
    fn of(name: &str, module: Module) -> Self {
        print_panics();
        Self {
            name: name.to_owned(),
            modules: vec![(name.to_owned(), module)],
            options: json!({}),
            project: None,
            folder: Folder::new(),
            extensions: None,
            except: Vec::new(),
            run: Run::default(),
        }
    }

    /// On top of the provider `P`, called `name`.
    #[must_use]
    pub fn over<P: Provider>(mut self, name: &str) -> Self {
        self.modules.push((name.to_owned(), Module::linked::<P>()));
        self
    }

    /// On top of the overlay `O`, called `name`.
    #[must_use]
    pub fn over_overlay<O: Overlay>(mut self, name: &str) -> Self {
        self.modules.push((name.to_owned(), Module::linked_overlay::<O>()));
        self
    }

    /// What stands in `providerOptions`; an empty table if nothing is said.
    #[must_use]
    pub fn options(mut self, options: Value) -> Self {
        self.options = options;
        self
    }

    /// The project's folder, for options that name paths relative to it. If nothing is said it is a new one, which is
    /// removed at the end. What a failed call leaves is looked for in that one, and in any that is temporary.
    #[must_use]
    pub fn project(mut self, project: impl Into<PathBuf>) -> Self {
        self.project = Some(project.into());
        self
    }

    /// The extensions that `export_provider!` declares.
    #[must_use]
    pub fn extensions<T: Into<String>>(mut self, extensions: impl IntoIterator<Item = T>) -> Self {
        self.extensions = Some(extensions.into_iter().map(Into::into).collect());
        self
    }

    /// Leaves out the cases that `patterns` mean: ids, groups, or texts with `*`. For what a service cannot do, and the
    /// provider says so in its documentation.
    #[must_use]
    pub fn except<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.except.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Takes everything that looks random from this number: 1 if nothing is said. What `longshore provider validate`
    /// found is so found again.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.run.seed = seed;
        self
    }

    /// How long one case may take: a minute if nothing is said.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.run.limit = limit;
        self
    }

    /// Runs every case that can be run here.
    ///
    /// # Panics
    ///
    /// A case fails: with what was expected, what was found and what to do, for each of them.
    pub fn check(self) {
        self.check_only(["*"]);
    }

    /// Runs the cases that `patterns` mean: ids, groups, or texts with `*`.
    ///
    /// # Panics
    ///
    /// A case fails, or a pattern means none.
    pub fn check_only<T: AsRef<str>>(self, patterns: impl IntoIterator<Item = T>) {
        let report = self.report(patterns);
        assert!(report.is_good(), "\n{}\n", report.problems());
    }

    /// The same, for looking at.
    ///
    /// # Panics
    ///
    /// A pattern means no case.
    pub fn report<T: AsRef<str>>(self, patterns: impl IntoIterator<Item = T>) -> Report {
        let suite = Suite::of(patterns).and_then(|suite| suite.except(&self.except));
        let (suite, run) = (suite.unwrap_or_else(|error| panic!("{error}")), self.run);
        suite.run(self, run)
    }
}

impl TestTarget for Linked {
    fn name(&self) -> &str {
        &self.name
    }

    fn options(&self) -> &Value {
        &self.options
    }

    fn schema(&self) -> Result<Value> {
        for (_, module) in &self.modules {
            let schema = module.schema()?;
            if schema.get("properties").is_some() {
                return Ok(schema);
            }
        }
        Ok(Value::Bool(true))
    }

    fn open<'a>(&'a self, options: &'a Value) -> BoxFuture<'a, Result<Handle>> {
        Box::pin(async move {
            let temporary = std::env::temp_dir();
            let project = self.project.as_deref().or(self.folder()).unwrap_or(&temporary);
            let mut options = vec![options.clone()];
            for (_, module) in &self.modules[..self.modules.len() - 1] {
                options.push(module.base_options(&options[options.len() - 1])?);
            }
            let mut opened: Option<Handle> = None;
            for ((name, module), options) in self.modules.iter().zip(&options).rev() {
                let init = Init {
                    options,
                    name,
                    project,
                    action_options: &Map::new(),
                    workers: 0,
                    host: log::services(),
                    base: opened.as_ref(),
                };
                opened = Some(module.init(init).await?);
            }
            Ok(opened.expect("there is at least the provider's own module"))
        })
    }

    fn folder(&self) -> Option<&Path> {
        match &self.project {
            None => self.folder.as_ref().map(Folder::path),
            // Who knows what else happens in one that is not made for a test.
            Some(project) => Some(project.as_path()).filter(|project| project.starts_with(std::env::temp_dir())),
        }
    }

    fn extensions(&self) -> Option<&[String]> {
        self.extensions.as_deref()
    }

    fn log(&self) -> Vec<String> {
        log::events()
    }
}
