//! `longshore token list`

use std::fmt;

use clap::Args;
use longshore_media_library::Token;
use serde::Serialize;

use super::super::{Context, when};
use crate::{exit_code::ExitCode, failure::Failure, library};

/// List tokens, with their ids, names and permissions
#[derive(Debug, Args)]
pub(crate) struct List {}

/// A token without its secret text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: i64,
    name: String,
    allow: Vec<String>,
    created_at: Option<String>,
    last_used_at: Option<String>,
    expires_at: Option<String>,
    expired: bool,
}

impl List {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        library::with_table(context, async |table| {
            for token in table.tokens().await? {
                context.print.record(&Record::new(token))?;
            }
            Ok(ExitCode::Done)
        })
        .await
    }
}

impl Record {
    fn new(token: Token) -> Self {
        Self {
            id: token.id,
            name: token.name,
            allow: token.actions,
            created_at: when::rfc3339_ms(token.created_at),
            last_used_at: token.last_used_at.and_then(when::rfc3339_ms),
            expires_at: token.expires_at.and_then(when::rfc3339_ms),
            expired: token.expired,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>4}  {}  {}", self.id, self.name, self.allow.join(","))?;
        match &self.expires_at {
            Some(at) if self.expired => write!(f, "  expired {at}"),
            Some(at) => write!(f, "  expires {at}"),
            None => Ok(()),
        }
    }
}
