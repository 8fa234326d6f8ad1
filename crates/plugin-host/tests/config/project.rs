//! A project folder for one test.

use std::ffi::OsString;
use std::path::Path;

use longshore_plugin_host::config::{Config, LoadRequest, Problems, examine_with, load_with};
use tempfile::TempDir;

pub(crate) struct Project {
    folder: TempDir,
    variables: Vec<(&'static str, &'static str)>,
    pub(crate) request: LoadRequest,
}

impl Project {
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let request = LoadRequest::in_folder(folder.path());
        Self { folder, variables: Vec::new(), request }
    }

    /// A project with `plugins` as its `config/plugins.toml`.
    pub(crate) fn with(plugins: &str) -> Self {
        Self::empty().file("config/plugins.toml", plugins)
    }

    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn var(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    pub(crate) fn set(mut self, text: &str) -> Self {
        self.request.overrides.push(text.to_owned());
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn environment(&self) -> impl Fn(&str) -> Option<OsString> {
        |name: &str| self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
    }

    pub(crate) fn result(&self) -> Result<Config, Problems> {
        load_with(&self.request, &self.environment())
    }

    pub(crate) fn load(&self) -> Config {
        self.result().unwrap_or_else(|problems| panic!("{problems}"))
    }

    /// The problems with their hints, as a host prints them.
    pub(crate) fn problems(&self) -> String {
        printed(&self.result().map(|config| format!("{config:?}")).unwrap_err())
    }

    /// The part of the configuration that is readable despite the problems.
    pub(crate) fn part(&self) -> Config {
        examine_with(&self.request, &self.environment()).config.unwrap()
    }

    /// The provider's options as JSON.
    pub(crate) fn options(&self) -> serde_json::Value {
        self.load().upload.provider_options.to_json()
    }
}

/// A project with `lines` as its provider options.
pub(crate) fn with_options(lines: &str) -> Project {
    Project::with(&format!("[upload.config.providerOptions]\n{lines}\n"))
}

/// Each problem, and its hint in a line below.
pub(crate) fn printed(problems: &Problems) -> String {
    let lines = problems.iter().flat_map(|problem| {
        let hint = problem.hint.as_ref().map(|hint| format!("  hint: {hint}"));
        std::iter::once(problem.to_string()).chain(hint)
    });
    lines.collect::<Vec<_>>().join("\n")
}
