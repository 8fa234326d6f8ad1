//! `longshore token revoke ID…`

use std::fmt;

use clap::Args;
use longshore_provider::{Error, ErrorKind};
use serde::Serialize;

use super::super::{
    Context,
    report::{Input, Report},
};
use crate::{exit_code::ExitCode, failure::Failure, library};

/// Revoke tokens; running servers refuse them within 3 seconds
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The ids of the tokens, as `token list` prints them
    #[arg(required = true, value_name = "ID", value_parser = clap::value_parser!(i64).range(1..))]
    ids: Vec<i64>,
}

/// A token that was revoked.
#[derive(Serialize)]
struct Record {
    id: i64,
    revoked: bool,
}

impl Revoke {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        library::with_table(context, async |table| {
            let report = Report::new(context.print);
            for id in self.ids {
                let revoked = if table.revoke_token(id).await? {
                    Ok(Record { id, revoked: true })
                } else {
                    Err(Error::new(ErrorKind::NotFound, "no token has this id"))
                };
                report.add(&Input::Id(&id.to_string()), revoked)?;
            }
            Ok(report.exit_code())
        })
        .await
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "revoked {}", self.id)
    }
}
