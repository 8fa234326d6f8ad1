//! `longshore object put FILE…`

mod plan;

use std::fmt;

use clap::Args;
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::BinaryBytes;
use longshore_provider::{File, Result as ProviderResult};
use serde::Serialize;

use self::plan::{Sources, Upload};
use super::{
    Context, ExitCode, Failure,
    input::Source,
    report::{Input, Report},
};
use crate::session::{self, Session};

/// Store files
///
/// The key of a file is its base name. A stored file with the same key is replaced.
#[derive(Debug, Args)]
pub(crate) struct Put {
    #[command(flatten)]
    sources: Sources,
    /// How many files to work on at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
}

/// A file that was stored.
#[derive(Serialize)]
struct Record<'a> {
    file: &'a str,
    key: &'a str,
    url: String,
    size: u64,
    etag: Option<String>,
}

impl Put {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let concurrency = self.concurrency.into();
        let uploads = self.sources.uploads()?;
        session::run(context, async |session| {
            let report = Report::of_writing(context.print);
            let results = uploads.iter().map(async |upload| {
                session.in_flight.begin(&upload.key);
                let result = put(context, session, upload).await;
                session.in_flight.end(&upload.key);
                report.add(&Input::File(&upload.name), result)
            });
            stream::iter(results).buffer_unordered(concurrency).try_for_each(|()| std::future::ready(Ok(()))).await?;
            Ok(report.exit_code())
        })
        .await
    }
}

async fn put<'a>(context: &Context<'_>, session: &Session, upload: &'a Upload) -> ProviderResult<Record<'a>> {
    let source = Source::open(&upload.path).await?;
    let mut file = File::at(&upload.key);
    file.name.clone_from(&upload.name);
    file.mime.clone_from(&upload.content_type);
    file.size = source.size;
    let bar = context.print.bar(&upload.name, source.size);
    let body = source.into_body(session.size_limit, bar.clone());
    let stored = session.provider().upload(&file, body).await;
    bar.finish_and_clear();
    let stored = stored?;
    let size = stored.size.or(file.size).unwrap_or_else(|| bar.position());
    Ok(Record { file: &upload.name, key: &upload.key, url: stored.url, size, etag: stored.etag })
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}  {}", self.key, BinaryBytes(self.size), self.url)
    }
}
