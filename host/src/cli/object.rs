//! `longshore object`: works on the files of the configured provider, by their keys.

mod answer;
mod destination;
mod get;
mod head;
mod key;
mod ls;
mod put;
mod range;
mod rm;
mod url;

use clap::Subcommand;

use super::{Context, expiry, input, report, when};
use crate::{
    exit_code::{self, ExitCode},
    failure::Failure,
};

/// Store, read and remove files of the provider, by their keys
///
/// Keys are relative to the provider's `rootPath`. The media library does not know files that are stored in this way.
#[derive(Debug, Subcommand)]
#[command(after_help = exit_code::TABLE)]
pub(crate) enum Object {
    Put(put::Put),
    Get(get::Get),
    Head(head::Head),
    Rm(rm::Rm),
    Url(url::Url),
    Ls(ls::Ls),
}

impl Object {
    /// Does it.
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Put(verb) => verb.run(context).await,
            Self::Get(verb) => verb.run(context).await,
            Self::Head(verb) => verb.run(context).await,
            Self::Rm(verb) => verb.run(context).await,
            Self::Url(verb) => verb.run(context).await,
            Self::Ls(verb) => verb.run(context).await,
        }
    }
}
