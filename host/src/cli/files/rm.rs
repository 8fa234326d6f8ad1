//! `longshore files rm ID…`

use std::fmt;

use clap::Args;
use futures::{StreamExt, TryStreamExt, stream};
use longshore_media_library::MediaFile;
use serde::Serialize;

use super::{
    Context, ExitCode, Failure,
    failed::reported,
    id::{self, Id},
    report::{Input, Report},
};
use crate::library::{self, Access};

/// Remove files, with their formats
#[derive(Debug, Args)]
pub(crate) struct Rm {
    /// The files' numbers or `documentId`s
    #[arg(required = true, value_name = "ID", value_parser = id::parse)]
    ids: Vec<Id>,
    /// How many files to work on at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
}

/// A file that was removed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: i64,
    document_id: String,
    name: String,
    removed: bool,
}

impl Rm {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        library::run(context, Access::Changing, async |library| {
            let report = Report::new(context.print);
            let removals = self.ids.iter().map(async |id| {
                let removed = library.remove(&id.id).await.map(Record::new).map_err(reported);
                report.add(&Input::Id(&id.text), removed)
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

impl Record {
    fn new(file: MediaFile) -> Self {
        Self { id: file.id, document_id: file.document_id, name: file.name, removed: true }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "removed {}  {}", self.id, self.name)
    }
}
