//! A provider that is linked into the program that checks it, as in its author's own tests.

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
    /// The modules of the provider and its bases, outermost first.
    modules: Vec<(String, Module)>,
    options: Value,
    /// The folder that [`Linked::project`] set.
    project: Option<PathBuf>,
    /// A new folder, used if [`Linked::project`] was not called.
    folder: Option<Folder>,
    extensions: Option<Vec<String>>,
    except: Vec<String>,
    run: Run,
}

/// The provider `P`, exported as `name`.
pub fn provider<P: Provider>(name: &str) -> Linked {
    Linked::of(name, Module::linked::<P>())
}

/// The overlay `O`, exported as `name`. Set its base with [`Linked::over`] or [`Linked::over_overlay`].
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

    /// Sets the base to the provider `P`, with the name `name`.
    #[must_use]
    pub fn over<P: Provider>(mut self, name: &str) -> Self {
        self.modules.push((name.to_owned(), Module::linked::<P>()));
        self
    }

    /// Sets the base to the overlay `O`, with the name `name`.
    #[must_use]
    pub fn over_overlay<O: Overlay>(mut self, name: &str) -> Self {
        self.modules.push((name.to_owned(), Module::linked_overlay::<O>()));
        self
    }

    /// Sets the content of `providerOptions`. The default is an empty table.
    #[must_use]
    pub fn options(mut self, options: Value) -> Self {
        self.options = options;
        self
    }

    /// Sets the project's folder, to which paths in the options are relative. The default is a new folder that is
    /// removed at the end. Files left by failed calls are searched for only in a folder below the directory for
    /// temporary files.
    #[must_use]
    pub fn project(mut self, project: impl Into<PathBuf>) -> Self {
        self.project = Some(project.into());
        self
    }

    /// Sets the extensions that `export_provider!` declares.
    #[must_use]
    pub fn extensions<T: Into<String>>(mut self, extensions: impl IntoIterator<Item = T>) -> Self {
        self.extensions = Some(extensions.into_iter().map(Into::into).collect());
        self
    }

    /// Skips the cases that match `patterns`: ids, groups, or texts with `*`. Use this for cases that the service
    /// cannot support, if the provider's documentation states the limitation.
    #[must_use]
    pub fn except<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.except.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Sets the seed of all pseudorandom data. The default is 1. The seed of a run of `longshore provider validate`
    /// reproduces its findings.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.run.seed = seed;
        self
    }

    /// Sets the time limit of one case. The default is one minute.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.run.limit = limit;
        self
    }

    /// Runs every case whose needs are met.
    ///
    /// # Panics
    ///
    /// A case fails. The message contains the expected behavior, the observed behavior and the advice for each failure.
    pub fn check(self) {
        self.check_only(["*"]);
    }

    /// Runs the cases that match `patterns`: ids, groups, or texts with `*`.
    ///
    /// # Panics
    ///
    /// A case fails, or a pattern matches no case.
    pub fn check_only<T: AsRef<str>>(self, patterns: impl IntoIterator<Item = T>) {
        let report = self.report(patterns);
        assert!(report.is_good(), "\n{}\n", report.problems());
    }

    /// Runs the same cases as [`Linked::check_only`], but returns the results instead of panicking if a case fails.
    ///
    /// # Panics
    ///
    /// A pattern matches no case.
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
            // Other programs may write to a folder outside the directory for temporary files. Its contents cannot be
            // compared.
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
