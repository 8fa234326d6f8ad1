//! `longshore object rm KEY…`

use std::fmt;

use clap::Args;
use futures::{StreamExt, TryStreamExt, stream};
use longshore_provider::File;
use serde::Serialize;

use super::{
    Context, ExitCode, Failure, answer, key,
    report::{Input, Report},
};
use crate::session;

/// Remove files
///
/// A key without a file is not an error, because many services do not report it.
#[derive(Debug, Args)]
pub(crate) struct Rm {
    /// The files' keys
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
    /// How many files to work on at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
}

/// The result for a key.
#[derive(Serialize)]
struct Record<'a> {
    key: &'a str,
    removed: bool,
}

impl Rm {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        key::check_all(&self.keys)?;
        session::run(context, async |session| {
            let report = Report::new(context.print);
            let removals = self.keys.iter().map(async |key| {
                let removed = answer::within_limit(session.provider().delete(&File::at(key))).await;
                report.add(&Input::Key(key), removed.map(|()| Record { key, removed: true }))
            });
            stream::iter(removals)
                .buffer_unordered(self.concurrency.into())
                .try_for_each(|()| std::future::ready(Ok(())))
                .await?;
            Ok(report.exit_code())
        })
        .await
    }
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "removed {}", self.key)
    }
}
