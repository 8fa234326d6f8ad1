//! `longshore object url KEY…`

use std::{fmt, time::Duration};

use clap::Args;
use longshore_provider::{File, SignOptions, SignedUrl};
use serde::Serialize;

use super::{
    Context, ExitCode, Failure, answer, expiry, key,
    report::{Input, Report},
    when,
};
use crate::session;

/// Print the URLs of files
///
/// URLs of a private provider are signed and expire. The service is not asked, so the files need not exist.
#[derive(Debug, Args)]
pub(crate) struct Url {
    /// The files' keys
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
    /// How long a signed URL works: `60` or `60s`, `15m`, `12h`, `7d`
    #[arg(long, value_name = "TIME", value_parser = expiry::parse)]
    expires: Option<Duration>,
}

/// A URL.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    key: &'a str,
    url: String,
    signed: bool,
    expires_at: Option<String>,
}

impl Url {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        key::check_all(&self.keys)?;
        session::run(context, async |session| {
            let report = Report::new(context.print);
            for key in &self.keys {
                let options = self.expires.map_or_else(SignOptions::default, SignOptions::expires);
                let url = answer::within_limit(session.provider().url(&File::at(key), options)).await;
                if self.expires.is_some() && url.as_ref().is_ok_and(|url| !url.signed) {
                    context.print.warning("the provider signs no URLs: `--expires` does nothing, and the URL stays");
                }
                report.add(&Input::Key(key), url.map(|url| Record::new(key, url)))?;
            }
            Ok(report.exit_code())
        })
        .await
    }
}

impl<'a> Record<'a> {
    fn new(key: &'a str, url: SignedUrl) -> Self {
        Self { key, url: url.url, signed: url.signed, expires_at: url.expires_at.and_then(when::rfc3339) }
    }
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}
