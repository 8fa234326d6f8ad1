//! The context in which a provider is made.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::Base;

/// The context that [`Provider::init`](crate::Provider::init) receives besides the options.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct InitContext {
    /// The name under which the host configured this provider, such as `aws-s3`.
    pub name: String,
    /// The project's folder. Relative paths in options start here.
    pub project: PathBuf,
    /// `actionOptions` of the configuration, with a table for each method name. A provider that knows its action
    /// options refuses bad values here, at start, rather than at the first call.
    pub action_options: Map<String, Value>,
    /// The base of an overlay. `Overlay::init` receives it as a parameter of its own.
    pub(crate) base: Option<Base>,
}

impl InitContext {
    /// The context of a provider that is configured as `name` in the project at `project`.
    pub fn new(name: impl Into<String>, project: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), project: project.into(), ..Self::default() }
    }

    /// Sets the configuration's action options.
    #[must_use]
    pub fn with_action_options(mut self, action_options: Map<String, Value>) -> Self {
        self.action_options = action_options;
        self
    }

    /// Sets the opened base of an overlay.
    #[must_use]
    pub fn with_base(mut self, base: Base) -> Self {
        self.base = Some(base);
        self
    }
}
