//! `longshore token`: who may use the API.

mod create;
mod list;
mod revoke;

use clap::Subcommand;

use super::Context;
use crate::{
    exit_code::{self, ExitCode},
    failure::Failure,
};

/// Create, list and revoke tokens for the API
///
/// A request with `Authorization: Bearer TOKEN` has the permissions of the token only. `permissions.public` does not add
/// any.
#[derive(Debug, Subcommand)]
#[command(after_help = exit_code::TABLE)]
pub(crate) enum Token {
    Create(create::Create),
    List(list::List),
    Revoke(revoke::Revoke),
}

impl Token {
    /// Does it.
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Create(verb) => verb.run(context).await,
            Self::List(verb) => verb.run(context).await,
            Self::Revoke(verb) => verb.run(context).await,
        }
    }
}
