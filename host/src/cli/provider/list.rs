//! `longshore provider list`

use std::fmt;

use clap::Args;
use longshore_plugin_host::{
    config::examine,
    load::Loader,
    locate::{self, Listed, PlaceKind, State},
};
use serde::Serialize;

use super::Context;
use crate::{
    exit_code::ExitCode,
    failure::Failure,
    print::{self, Inline},
};

/// List the providers that are found, and those that are not used
///
/// Of several providers with one name, the first is used. No code of the libraries runs.
#[derive(Debug, Args)]
pub(crate) struct List {}

/// One library.
#[derive(Serialize)]
struct Record {
    name: Option<String>,
    version: Option<String>,
    extends: Option<String>,
    path: String,
    place: &'static str,
    state: &'static str,
    /// Why it would not be loaded.
    reason: Option<String>,
    /// How to fix it.
    hint: Option<String>,
}

impl List {
    pub(super) fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let Self {} = self;
        let examined = examine(&context.request);
        let explicit = examined.config.as_ref().and_then(|config| config.upload.path.as_deref());
        let paths = Loader::around(&examined).search_path(explicit);
        let mut last = None;
        for listed in locate::all(&paths) {
            if last.as_ref() != Some(&listed.place) {
                context.print.text(&listed.place.to_string())?;
                last = Some(listed.place.clone());
            }
            context.print.block(&Record::from(listed))?;
        }
        if last.is_none() {
            context.print.note("no libraries were found\nhint: a project has its own in `providers/<name>/`");
        }
        Ok(ExitCode::Done)
    }
}

impl From<Listed> for Record {
    fn from(listed: Listed) -> Self {
        let mut hint = None;
        let mut why = |error: &(dyn std::error::Error + 'static)| {
            let (reason, advice) = print::fields(error);
            hint = advice;
            Some(reason)
        };
        let (state, reason) = match &listed.state {
            State::Chosen => ("chosen", None),
            State::Overridden { by } => ("overridden", Some(format!("`{}` comes first", by.display()))),
            State::Ambiguous => ("ambiguous", Some("another library here has the same name".to_owned())),
            State::Misplaced { folder } => ("misplaced", Some(format!("the folder is for `{folder}`"))),
            State::Refused(error) => ("refused", why(error)),
            State::Broken(error) => ("broken", why(error)),
        };
        let place = match listed.place.kind {
            PlaceKind::Explicit => "configured",
            PlaceKind::Project => "project",
            PlaceKind::Environment => "environment",
            PlaceKind::Installed => "installed",
            PlaceKind::Target => "target",
        };
        let (name, version, extends) = match listed.manifest {
            Some(manifest) => (Some(manifest.name), Some(manifest.version), manifest.extends),
            None => (None, None, None),
        };
        Self { name, version, extends, path: listed.path.display().to_string(), place, state, reason, hint }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, version) = (self.name.as_deref().unwrap_or("-"), self.version.as_deref().unwrap_or("-"));
        let (name, version, path) = (Inline(name), Inline(version), Inline(&self.path));
        write!(f, "  {name:16} {version:9} {:10} {path}", self.state)?;
        if let Some(base) = &self.extends {
            write!(f, "\n    extends `{}`", Inline(base))?;
        }
        for line in self.reason.iter().flat_map(|reason| reason.lines()) {
            write!(f, "\n    {line}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n    hint: {hint}")?;
        }
        Ok(())
    }
}
