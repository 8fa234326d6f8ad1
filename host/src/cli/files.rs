//! `longshore files`: works on the media library, without a server.

mod check;
mod duplicates;
mod failed;
mod file_info_args;
mod id;
mod list;
mod paths;
mod record;
mod replace;
mod rm;
mod show;
mod unused;
mod update;
mod upload;
mod url;

use clap::Subcommand;

use super::{Context, expiry, input, report, when};
use crate::{
    exit_code::{self, ExitCode},
    failure::Failure,
};

/// Upload, list and change files of the media library
///
/// A file is named by its id or by its `documentId`. The commands work on the same files as the API of a running server.
#[derive(Debug, Subcommand)]
#[command(after_help = exit_code::TABLE)]
pub(crate) enum Files {
    Upload(upload::Upload),
    List(list::List),
    Show(show::Show),
    Update(update::Update),
    Replace(replace::Replace),
    Rm(rm::Rm),
    Url(url::Url),
    Check(check::Check),
    Duplicates(duplicates::Duplicates),
    Unused(unused::Unused),
}

impl Files {
    /// Does it.
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Upload(verb) => verb.run(context).await,
            Self::List(verb) => verb.run(context).await,
            Self::Show(verb) => verb.run(context).await,
            Self::Update(verb) => verb.run(context).await,
            Self::Replace(verb) => verb.run(context).await,
            Self::Rm(verb) => verb.run(context).await,
            Self::Url(verb) => verb.run(context).await,
            Self::Check(verb) => verb.run(context).await,
            Self::Duplicates(verb) => verb.run(context).await,
            Self::Unused(verb) => verb.run(context).await,
        }
    }
}
