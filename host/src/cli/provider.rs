//! `longshore provider`: looks at the libraries that could be loaded.

mod inspect;
mod list;

use clap::Subcommand;
use longshore_plugin_host::{config::Examined, load::Loader};

use super::Context;
use crate::{exit_code::ExitCode, failure::Failure};

/// Look at the providers' libraries
#[derive(Debug, Subcommand)]
pub(crate) enum Provider {
    List(list::List),
    Inspect(inspect::Inspect),
}

impl Provider {
    /// Does it.
    pub(super) fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::List(verb) => verb.run(context),
            Self::Inspect(verb) => verb.run(context),
        }
    }
}

/// Looks for libraries where the configuration says, as far as there is one.
fn loader(examined: &Examined) -> Loader {
    let mut loader = Loader::new(&examined.project);
    loader.provider_path.clone_from(&examined.provider_path);
    loader
}
