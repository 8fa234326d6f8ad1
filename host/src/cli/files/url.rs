//! `longshore files url ID…`

use std::{fmt, time::Duration};

use clap::Args;
use longshore_media_library::{Error, MediaLibrary};
use longshore_provider::{Error as Reported, ErrorKind, Result as Reports, SignOptions};
use serde::Serialize;

use super::{
    Context, ExitCode, Failure, expiry,
    failed::reported,
    id::{self, Id},
    report::{Input, Report},
};
use crate::library::{self, Access};

/// Print the URLs of files
///
/// URLs of a private provider are signed and expire.
#[derive(Debug, Args)]
pub(crate) struct Url {
    /// The files' numbers or `documentId`s
    #[arg(required = true, value_name = "ID", value_parser = id::parse)]
    ids: Vec<Id>,
    /// The URL of a format: `thumbnail`, or the name of a breakpoint such as `large`
    #[arg(long, value_name = "NAME")]
    format: Option<String>,
    /// How long a signed URL works: `60` or `60s`, `15m`, `12h`, `7d`
    #[arg(long, value_name = "TIME", value_parser = expiry::parse)]
    expires: Option<Duration>,
}

/// A URL.
#[derive(Serialize)]
struct Record {
    id: i64,
    format: Option<String>,
    url: String,
    signed: bool,
}

impl Url {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        library::run(context, Access::Reading, async |library| {
            let report = Report::new(context.print);
            for id in &self.ids {
                let record = self.record(library, id).await;
                if self.expires.is_some() && record.as_ref().is_ok_and(|record| !record.signed) {
                    context.print.warning("the provider signs no URLs: `--expires` does nothing, and the URL stays");
                }
                report.add(&Input::Id(&id.text), record)?;
            }
            Ok(report.exit_code())
        })
        .await
    }

    async fn record(&self, library: &MediaLibrary, id: &Id) -> Reports<Record> {
        let found = async {
            let mut media = library.get(&id.id).await?.ok_or_else(|| Error::NotFound(id.id.clone()))?;
            let options = self.expires.map_or_else(SignOptions::default, SignOptions::expires);
            library.sign_with(std::slice::from_mut(&mut media), &options).await?;
            Ok(media)
        };
        let media = found.await.map_err(reported)?;
        let url = match &self.format {
            None => Some(media.url),
            Some(name) => {
                media.formats.into_iter().flatten().find(|format| format.format == *name).map(|format| format.url)
            }
        };
        let missing = || {
            let name = self.format.as_deref().unwrap_or_default();
            Reported::new(ErrorKind::NotFound, format!("the file has no format `{name}`"))
        };
        Ok(Record {
            id: media.id,
            format: self.format.clone(),
            url: url.ok_or_else(missing)?,
            signed: media.is_url_signed,
        })
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}
