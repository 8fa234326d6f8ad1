//! `longshore provider`: begins a provider, and looks at the libraries that could be loaded.

mod inspect;
mod list;
mod new;
mod validate;

use std::path::Path;

use clap::Subcommand;
use longshore_plugin_host::{
    library::{self, OpenedFile, RefusedError},
    load::Loader,
};

pub(crate) use self::validate::ValidateCase;
use super::Context;
use crate::{exit_code::ExitCode, failure::Failure};

/// Create, find and validate providers
#[derive(Debug, Subcommand)]
pub(crate) enum Provider {
    New(new::New),
    List(list::List),
    Inspect(inspect::Inspect),
    Validate(validate::Validate),
}

impl Provider {
    /// Whether the command works with an existing project.
    pub(super) fn reads_the_project(&self) -> bool {
        !matches!(self, Self::New(_))
    }

    /// Does it.
    pub(super) fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::New(verb) => verb.run(context),
            Self::List(verb) => verb.run(context),
            Self::Inspect(verb) => verb.run(context),
            Self::Validate(verb) => verb.run(context),
        }
    }
}

/// Whether a library is named, rather than a provider.
fn is_file(subject: &str) -> bool {
    subject.contains('/') || Path::new(subject).extension().is_some_and(|end| end == "so")
}

/// Opens the library that the command line names.
fn open_file(loader: &Loader, file: &str) -> Result<OpenedFile, Failure> {
    let path = std::path::absolute(file).map_err(|source| RefusedError::Io { path: file.into(), source })?;
    Ok(library::open(&path, &loader.trust)?)
}
