//! `longshore object ls [PREFIX]`

use std::fmt;

use clap::Args;
use indicatif::BinaryBytes;
use longshore_provider::{Error, ListRequest, ListedObject};
use serde::Serialize;

use super::{
    Context, ExitCode, Failure, answer,
    report::{Input, Report},
    when,
};
use crate::{print::Printer, session};

/// List files
///
/// A terminal shows sizes, times and keys. Other outputs get the keys.
#[derive(Debug, Args)]
pub(crate) struct Ls {
    /// Only keys that start with this text
    #[arg(default_value = "", hide_default_value = true)]
    prefix: String,
}

/// One line of the listing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    key: String,
    size: u64,
    etag: Option<String>,
    last_modified: Option<String>,
    /// For a person: size and time too.
    #[serde(skip)]
    long: bool,
}

impl Ls {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        session::run(context, async |session| {
            let report = Report::new(context.print);
            let mut request = ListRequest::prefix(&self.prefix);
            loop {
                let page = answer::within_limit(session.provider().list(&request)).await;
                let next = match page {
                    Ok(page) => {
                        print(context.print, page.objects)?;
                        page.next
                    }
                    Err(error) => {
                        report.failed(&Input::Key(&self.prefix), &error)?;
                        break;
                    }
                };
                if next.is_none() || context.print.is_closed() {
                    break;
                }
                if next == request.after {
                    let error = Error::internal("the provider returned the same page twice");
                    report.failed(&Input::Key(&self.prefix), &error)?;
                    break;
                }
                request.after = next;
            }
            Ok(report.exit_code())
        })
        .await
    }
}

fn print(print: &Printer, objects: Vec<ListedObject>) -> Result<(), Failure> {
    let long = print.is_for_a_person();
    objects.into_iter().try_for_each(|object| print.record(&Record::new(object, long)))
}

impl Record {
    fn new(object: ListedObject, long: bool) -> Self {
        Self {
            key: object.relative_key,
            size: object.size,
            etag: object.etag,
            last_modified: object.last_modified.and_then(when::rfc3339),
            long,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.long {
            let size = BinaryBytes(self.size).to_string();
            write!(f, "{size:>12}  {:24}  ", self.last_modified.as_deref().unwrap_or("-"))?;
        }
        f.write_str(&self.key)
    }
}
