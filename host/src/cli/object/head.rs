//! `longshore object head KEY`

use std::fmt;

use clap::Args;
use longshore_provider::{File, ObjectMeta};
use serde::Serialize;

use super::{
    Context, ExitCode, Failure, answer, key,
    report::{Input, Report},
    when,
};
use crate::{print::Inline, session};

/// Show size, type and time of a file
#[derive(Debug, Args)]
pub(crate) struct Head {
    /// The file's key
    key: String,
}

/// The metadata of a file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    key: String,
    size: u64,
    etag: Option<String>,
    content_type: Option<String>,
    last_modified: Option<String>,
}

impl Head {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        key::check_all([&self.key])?;
        session::run(context, async |session| {
            let report = Report::new(context.print);
            let head = answer::within_limit(session.provider().head(&File::at(&self.key))).await;
            match head {
                Ok(meta) => context.print.block(&Record::new(&self.key, meta))?,
                Err(error) => report.failed(&Input::Key(&self.key), &error)?,
            }
            Ok(report.exit_code())
        })
        .await
    }
}

impl Record {
    fn new(key: &str, meta: ObjectMeta) -> Self {
        Self {
            key: key.to_owned(),
            size: meta.size,
            etag: meta.etag,
            content_type: meta.content_type,
            last_modified: meta.last_modified.and_then(when::rfc3339),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key            {}\nsize           {}", Inline(&self.key), self.size)?;
        let optional =
            [("etag", &self.etag), ("content type", &self.content_type), ("last modified", &self.last_modified)];
        for (name, value) in optional {
            if let Some(value) = value {
                write!(f, "\n{name:13}  {}", Inline(value))?;
            }
        }
        Ok(())
    }
}
