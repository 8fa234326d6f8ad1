//! What a provider is told when it is made.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::Base;

/// What comes with the options at [`Provider::init`](crate::Provider::init).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct InitContext {
    /// The name under which the host configured this provider, such as `aws-s3`.
    pub name: String,
    /// The project's folder: relative paths in options start here.
    pub project: PathBuf,
    /// `actionOptions` of the configuration: method name to a table. A provider that knows its action
    /// options refuses bad ones here, at start, rather than at the first call.
    pub action_options: Map<String, Value>,
    /// The provider that this one extends. Overlays receive it as a parameter of their own.
    pub(crate) base: Option<Base>,
}

impl InitContext {
    /// The context of a provider that is configured as `name` in the project at `project`.
    pub fn new(name: impl Into<String>, project: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), project: project.into(), ..Self::default() }
    }

    /// With the configuration's action options.
    #[must_use]
    pub fn with_action_options(mut self, action_options: Map<String, Value>) -> Self {
        self.action_options = action_options;
        self
    }

    /// With the opened provider that this one extends.
    #[must_use]
    pub fn with_base(mut self, base: Base) -> Self {
        self.base = Some(base);
        self
    }
}
