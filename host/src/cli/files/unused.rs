//! `longshore files unused`

use std::time::{Duration, SystemTime};

use clap::Args;
use longshore_media_library::{Attribute, Comparison, Filter, FindQuery, Scalar};

use super::{Context, ExitCode, Failure, expiry, list};
use crate::library::{self, Access};

/// List files that are attached to no entry
///
/// A file is attached by `ref`, `refId` and `field` of its upload. Uses that the application keeps elsewhere, such as URLs
/// in texts, are not known here: look before you remove anything.
#[derive(Debug, Args)]
pub(crate) struct Unused {
    /// Only files that are older than this: `30d`
    #[arg(long, value_name = "DURATION", value_parser = expiry::parse)]
    older: Option<Duration>,
}

impl Unused {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let mut conditions = vec![Filter::Linked(false)];
        if let Some(older) = self.older {
            let before =
                SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().saturating_sub(older);
            let before = Scalar::Integer(i64::try_from(before.as_millis()).unwrap_or(i64::MAX));
            conditions.push(Filter::Compare(Attribute::CreatedAt, Comparison::Lt(before)));
        }
        let query = FindQuery { filter: Some(Filter::All(conditions)), ..FindQuery::default() };
        library::run(context, Access::Reading, async |library| {
            list::print_files(context, library, &query).await?;
            Ok(ExitCode::Done)
        })
        .await
    }
}
