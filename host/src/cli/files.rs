//! `longshore files`: works on the media library, without a server.

mod failed;
mod id;
mod list;
mod paths;
mod record;
mod replace;
mod rm;
mod said;
mod show;
mod update;
mod upload;
mod url;

use clap::Subcommand;

use super::{Context, expiry, input, report, when};
use crate::{
    exit_code::{self, ExitCode},
    failure::Failure,
};

/// Work on the files of the media library
///
/// Files are named by the number of their row or by their `documentId`. What is stored can be read through the API
/// at once, and the other way round.
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
        }
    }
}
