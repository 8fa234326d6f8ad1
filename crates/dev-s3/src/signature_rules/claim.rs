//! The parameters of a request's signature, from the header `Authorization` or from query parameters.

use http::HeaderMap;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::target::Query;

const AMZ_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");
const PARAMETERS: [&str; 6] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"];

pub(super) struct Claim {
    pub(super) key_id: String,
    /// The date of the credential's scope: `20130524`.
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
    /// The names of the signed headers, in lower case.
    pub(super) signed_headers: Vec<String>,
    pub(super) time: OffsetDateTime,
    /// The time as text of the request: `20130524T000000Z`.
    pub(super) time_text: String,
}

impl Claim {
    /// The error describes the malformed part.
    pub(super) fn of_header(text: &str, headers: &HeaderMap) -> Result<Self, String> {
        let fields = text.split_once(' ').map_or("", |(_, fields)| fields);
        let field = |name: &str| {
            let found = fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
            found.ok_or_else(|| format!("missing {name}"))
        };
        field("Signature")?;
        let time = headers.get("x-amz-date").and_then(|value| value.to_str().ok());
        Self::new(field("Credential")?, field("SignedHeaders")?, time.ok_or("missing x-amz-date")?)
    }

    /// The error describes the malformed part.
    pub(super) fn of_query(query: &Query) -> Result<Self, String> {
        if PARAMETERS.iter().any(|name| !query.has(name)) {
            let names = PARAMETERS.join(", ");
            return Err(format!("Query-string authentication version 4 requires the parameters {names}"));
        }
        let parameter = |name: &str| query.get(name).unwrap_or_default();
        if parameter("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" {
            return Err("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"".to_owned());
        }
        Self::new(parameter("X-Amz-Credential"), parameter("X-Amz-SignedHeaders"), parameter("X-Amz-Date"))
    }

    fn new(credential: &str, signed_headers: &str, time: &str) -> Result<Self, String> {
        // The key id may contain slashes.
        let mut scope = credential.rsplitn(5, '/');
        let mut next = || scope.next().map(str::to_owned).ok_or("the Credential is mal-formed");
        let (terminator, service, region, date, key_id) = (next()?, next()?, next()?, next()?, next()?);
        if terminator != "aws4_request" {
            return Err("the Credential does not end with \"aws4_request\"".to_owned());
        }
        let parsed = PrimitiveDateTime::parse(time, AMZ_DATE);
        Ok(Self {
            key_id,
            date,
            region,
            service,
            signed_headers: signed_headers.split(';').map(str::to_ascii_lowercase).collect(),
            time: parsed
                .map_err(|_| format!("the date \"{time}\" is not of the form \"20130524T000000Z\""))?
                .assume_utc(),
            time_text: time.to_owned(),
        })
    }
}

pub(super) fn iso8601(time: OffsetDateTime) -> String {
    let time = time.replace_nanosecond(0).unwrap_or(time);
    time.format(&Rfc3339).unwrap_or_default()
}
