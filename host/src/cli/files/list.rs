//! `longshore files list`

use std::{fmt, pin::pin};

use clap::Args;
use futures::TryStreamExt;
use indicatif::BinaryBytes;
use longshore_http_api::query::Query;
use longshore_media_library::{FileView, FindQuery, MediaFile, MediaLibrary};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, Serializer};

use super::{Context, ExitCode, Failure, when};
use crate::library::{self, Access};

/// How many files are held, and signed in one go.
const CHUNK: usize = 100;

/// The characters that are not encoded in the name of a parameter.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'[').remove(b']').remove(b'$').remove(b'_');

/// List files
///
/// A terminal shows ids, sizes, times, types and names. Other outputs get ids and names. With `--json`, files look as in
/// the API.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only files that match this condition, as in the API's `filters`: `mime[$contains]=image`
    #[arg(long, value_name = "CONDITION")]
    filter: Vec<String>,
    /// Only files with a text that contains this; upper and lower case are the same
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// The order: `createdAt:desc`, `name,id:desc`
    #[arg(long, value_name = "ATTRIBUTE[:desc],…")]
    sort: Option<String>,
    /// How many files to skip
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    start: u64,
    /// How many files to list at most
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

/// One line of the listing.
struct Record<'a> {
    media: &'a MediaFile,
    /// For a person: type, size and time too.
    long: bool,
}

impl List {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let query = self.query()?;
        library::run(context, Access::Reading, async |library| {
            print_files(context, library, &query).await?;
            Ok(ExitCode::Done)
        })
        .await
    }

    /// The query in the form of the API, so that both have the same meaning.
    fn query(&self) -> Result<FindQuery, Failure> {
        let mut parameters = Vec::new();
        for filter in &self.filter {
            parameters.push(condition(filter).ok_or_else(|| {
                Failure::Usage(format!("`{filter}` is no condition\nhint: such as `mime[$contains]=image`"))
            })?);
        }
        let texts = [("sort", &self.sort), ("_q", &self.search)];
        let given = texts.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
        parameters.extend(given.map(|(name, text)| format!("{name}={}", encoded(text))));
        let listing = Query::parse(&parameters.join("&")).and_then(|query| query.listing());
        let mut find = listing.map_err(|invalid| Failure::Usage(invalid.message))?.find;
        (find.start, find.limit) = (self.start, self.limit);
        Ok(find)
    }
}

/// Prints the files of a query.
pub(super) async fn print_files(
    context: &Context<'_>,
    library: &MediaLibrary,
    query: &FindQuery,
) -> Result<(), Failure> {
    let long = context.print.is_for_a_person();
    let mut chunks = pin!(library.stream(query).try_chunks(CHUNK));
    while let Some(mut files) = chunks.try_next().await.map_err(|error| error.1)? {
        // The text output contains no URLs.
        if context.print.is_json() {
            library.sign(&mut files).await?;
        }
        for media in &files {
            context.print.record(&Record { media, long })?;
        }
        if context.print.is_closed() {
            break;
        }
    }
    Ok(())
}

/// `mime[$contains]=image` as a parameter: `filters[mime][$contains]=image`.
fn condition(filter: &str) -> Option<String> {
    let (name, value) = filter.split_once('=')?;
    let (attribute, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let is_one = !attribute.is_empty() && (rest.is_empty() || rest.ends_with(']'));
    let name = is_one.then(|| format!("filters[{attribute}]{rest}"))?;
    Some(format!("{}={}", utf8_percent_encode(&name, PLAIN), encoded(value)))
}

fn encoded(value: &str) -> impl fmt::Display {
    utf8_percent_encode(value, NON_ALPHANUMERIC)
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FileView::new(self.media).serialize(serializer)
    }
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MediaFile { id, name, mime, size_bytes, created_at, .. } = self.media;
        if !self.long {
            return write!(f, "{id}  {name}");
        }
        let size = BinaryBytes(*size_bytes).to_string();
        let at = when::rfc3339_ms(*created_at);
        write!(f, "{id:>6}  {size:>12}  {:24}  {mime:24}  {name}", at.as_deref().unwrap_or("-"))
    }
}

#[cfg(test)]
mod tests {
    use longshore_media_library::{Attribute, Comparison, Filter, Scalar};

    use super::*;

    fn list(filter: &[&str]) -> List {
        let filter = filter.iter().map(|&filter| filter.to_owned()).collect();
        List { filter, search: None, sort: None, start: 0, limit: None }
    }

    #[test]
    fn conditions_are_those_of_the_api() {
        for (filter, parameter) in [
            ("name=a", "filters[name]=a"),
            ("mime[$contains]=image/png", "filters[mime][$contains]=image%2Fpng"),
            ("name=a=b&c", "filters[name]=a%3Db%26c"),
            ("$or[0][name]=a", "filters[$or][0][name]=a"),
            ("name=", "filters[name]="),
        ] {
            assert_eq!(condition(filter).as_deref(), Some(parameter), "{filter}");
        }
        for bad in ["", "name", "=a", "[$eq]=a", "name[$eq=a"] {
            assert_eq!(condition(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_condition_becomes_a_filter() {
        let find = list(&["name[$contains]=ä & b"]).query().unwrap();
        let contains = Comparison::Contains("ä & b".into());
        assert_eq!(find.filter, Some(Filter::Compare(Attribute::Name, contains)));
        let find = list(&["id=3"]).query().unwrap();
        assert_eq!(find.filter, Some(Filter::Compare(Attribute::Id, Comparison::Eq(Scalar::Integer(3)))));
        for bad in ["nobody=1", "name[$nobody]=1", "folder=1"] {
            assert!(matches!(list(&[bad]).query(), Err(Failure::Usage(_))), "{bad}");
        }
    }
}
