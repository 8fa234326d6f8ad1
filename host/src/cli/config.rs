//! `longshore config`: checks and shows the configuration.

mod check;
pub(super) mod schema;
mod show;

use std::path::Path;

use clap::Subcommand;
use longshore_plugin_host::config::{Config as Loaded, Node, Origin, ProviderName};

use super::Context;
use crate::{exit_code::ExitCode, failure::Failure};

/// Check and show the configuration
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    Check(check::Check),
    Show(show::Show),
    Schema(schema::Schema),
}

impl Config {
    /// Does it.
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Check(verb) => verb.run(context).await,
            Self::Show(verb) => verb.run(context),
            Self::Schema(verb) => verb.run(context),
        }
    }
}

/// A provider as it is configured.
struct Configured<'a> {
    name: &'a ProviderName,
    origin: &'a Origin,
    path: Option<&'a Path>,
    options: &'a Node,
}

/// Every configured provider, the main one first.
fn providers(config: &Loaded) -> impl Iterator<Item = Configured<'_>> {
    let upload = &config.upload;
    let main = Configured {
        name: &upload.provider,
        origin: &upload.provider_origin,
        path: upload.path.as_deref(),
        options: &upload.provider_options,
    };
    let further = upload.providers.iter().map(|(name, provider)| Configured {
        name,
        origin: &provider.origin,
        path: provider.path.as_deref(),
        options: &provider.provider_options,
    });
    std::iter::once(main).chain(further)
}
