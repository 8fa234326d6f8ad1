//! `longshore token create NAME`

use std::{fmt, time::Duration};

use clap::Args;
use longshore_http_api::token;
use longshore_media_library::{NewToken, Token};
use longshore_plugin_host::config::longshore::Action;
use serde::Serialize;

use super::super::{Context, expiry, when};
use crate::{exit_code::ExitCode, failure::Failure, library};

/// The word for all actions.
const ALL: &str = "all";

/// Create a token
///
/// The token is printed once. Only its hash is stored, so it cannot be shown again.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// A name for the list of tokens
    #[arg(value_parser = name)]
    name: String,
    /// The actions that it allows: `upload`, `find`, `findPage`, `findOne`, `destroy`, or `all`
    #[arg(long, required = true, value_name = "ACTION,…", value_delimiter = ',', value_parser = actions)]
    allow: Vec<Allowed>,
    /// How long it is valid; without this option it does not expire: `60` or `60s`, `15m`, `12h`, `30d`
    #[arg(long, value_name = "TIME", value_parser = expiry::parse)]
    expires: Option<Duration>,
}

/// One word of `--allow`.
#[derive(Clone, Copy, Debug)]
enum Allowed {
    One(Action),
    All,
}

/// A token that was made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: i64,
    name: String,
    token: String,
    allow: Vec<String>,
    expires_at: Option<String>,
}

impl Create {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let token = token::fresh();
        let new = NewToken {
            hash: token::hash(&token),
            actions: named(&self.allow),
            name: self.name,
            valid_for: self.expires,
        };
        library::with_table(context, async |table| {
            let made = table.create_token(new).await?;
            let (id, name) = (made.id, made.name.clone());
            context.print.record(&Record::new(made, token))?;
            context.print.note(&format!("created token {id}, `{name}`; it cannot be shown again"));
            Ok(ExitCode::Done)
        })
        .await
    }
}

/// The names of the actions, each once, in the order of the documentation.
fn named(allowed: &[Allowed]) -> Vec<String> {
    let is_allowed = |action: Action| {
        allowed.iter().any(|allowed| match allowed {
            Allowed::One(one) => *one == action,
            Allowed::All => true,
        })
    };
    Action::ALL.into_iter().filter(|action| is_allowed(*action)).map(|action| action.name().to_owned()).collect()
}

fn actions(text: &str) -> Result<Allowed, String> {
    if text == ALL {
        return Ok(Allowed::All);
    }
    text.parse().map(Allowed::One).map_err(|_| {
        let names = Action::ALL.map(|action| format!("`{}`", action.name())).join(", ");
        format!("the actions are {names}, and `{ALL}`")
    })
}

fn name(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("a token needs a name".to_owned()),
        name if name.chars().any(char::is_control) => Err("a name cannot have control characters".to_owned()),
        name => Ok(name.to_owned()),
    }
}

impl Record {
    fn new(made: Token, token: String) -> Self {
        let expires_at = made.expires_at.and_then(when::rfc3339_ms);
        Self { id: made.id, name: made.name, token, allow: made.actions, expires_at }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.token)
    }
}
