//! The rules that a signed request must meet before its signature is checked.
//!
//! s3s checks the signature. This module checks the rules of S3 that s3s does not know: the clock (which faults can
//! shift), the expiry and its limit, the region, session tokens, and that no `x-amz-*` header is unsigned.

mod claim;

use http::HeaderMap;
use http::request::Parts;
use time::{Duration, OffsetDateTime};

use self::claim::Claim;
use crate::credentials::Credentials;
use crate::refusal::Refusal;
use crate::target::Query;

/// The largest difference between a request's time and the server's time.
const MAX_SKEW: Duration = Duration::minutes(15);
/// The longest lifetime of a presigned URL, in seconds.
const MAX_EXPIRES: i64 = 7 * 24 * 60 * 60;
/// Headers that clients add after signing, and that do not change the request.
const MAY_BE_UNSIGNED: &[&str] = &["x-amz-content-sha256", "x-amz-user-agent", "x-amzn-trace-id"];

/// The rules of one server.
pub(crate) struct SignatureRules {
    pub(crate) credentials: Credentials,
    /// The only region that signatures may name. `None` allows every region.
    pub(crate) region: Option<String>,
}

impl SignatureRules {
    /// Accepts unsigned requests. Their permissions are checked later, in `Access`.
    pub(crate) fn check(&self, request: &Parts, query: &Query, now: OffsetDateTime) -> Result<(), Refusal> {
        let header = request.headers.get(http::header::AUTHORIZATION).map(|value| value.to_str().unwrap_or(""));
        let presigned = query.names().any(|name| name == "X-Amz-Algorithm" || name == "X-Amz-Signature");
        let v2 = query.has("Signature") && query.has("AWSAccessKeyId");
        match header {
            None if v2 => Err(unsupported_mechanism()),
            None if presigned => self.check_query(request, query, now),
            None => Ok(()),
            Some(_) if presigned || v2 => Err(Refusal::bad_request(
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
                 parameter or the Authorization header should be specified",
            )),
            Some(text) if text.starts_with("AWS4-HMAC-SHA256") => self.check_header(request, text, now),
            Some(_) => Err(unsupported_mechanism()),
        }
    }

    fn check_header(&self, request: &Parts, text: &str, now: OffsetDateTime) -> Result<(), Refusal> {
        let malformed = |message: String| Refusal::bad_request("AuthorizationHeaderMalformed", message);
        let claim = Claim::of_header(text, &request.headers)
            .map_err(|fault| malformed(format!("The authorization header is malformed; {fault}")))?;
        self.check_scope(&claim).map_err(|(fault, region)| {
            let refusal = malformed(format!("The authorization header is malformed; {fault}"));
            region.into_iter().fold(refusal, |refusal, region| refusal.detail("Region", region))
        })?;
        if (now - claim.time).abs() > MAX_SKEW {
            return Err(Refusal::forbidden(
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            )
            .detail("RequestTime", claim.time_text)
            .detail("ServerTime", claim::iso8601(now))
            .detail("MaxAllowedSkewMilliseconds", MAX_SKEW.whole_milliseconds().to_string()));
        }
        let token = request.headers.get("x-amz-security-token").and_then(|token| token.to_str().ok());
        self.check_token(&claim.key_id, token)?;
        check_signed_headers(&claim.signed_headers, &request.headers)
    }

    fn check_query(&self, request: &Parts, query: &Query, now: OffsetDateTime) -> Result<(), Refusal> {
        let invalid = |message: String| Refusal::bad_request("AuthorizationQueryParametersError", message);
        let claim = Claim::of_query(query).map_err(invalid)?;
        self.check_scope(&claim).map_err(|(fault, region)| {
            let refusal = invalid(format!("Error parsing the X-Amz-Credential parameter; {fault}"));
            region.into_iter().fold(refusal, |refusal, region| refusal.detail("Region", region))
        })?;
        let expires = match query.get("X-Amz-Expires").unwrap_or_default().parse::<i64>() {
            Err(_) => return Err(invalid("X-Amz-Expires should be a number".to_owned())),
            Ok(seconds) if seconds < 1 => return Err(invalid("X-Amz-Expires must be positive".to_owned())),
            Ok(seconds) if seconds > MAX_EXPIRES => {
                let message = format!("X-Amz-Expires must be less than a week (in seconds); {MAX_EXPIRES} at most");
                return Err(invalid(message));
            }
            Ok(seconds) => claim.time + Duration::seconds(seconds),
        };
        if claim.time - now > MAX_SKEW {
            return Err(Refusal::forbidden("AccessDenied", "Request is not yet valid"));
        }
        if now > expires {
            return Err(Refusal::forbidden("AccessDenied", "Request has expired")
                .detail("Expires", claim::iso8601(expires))
                .detail("ServerTime", claim::iso8601(now)));
        }
        self.check_token(&claim.key_id, query.get("X-Amz-Security-Token"))?;
        check_signed_headers(&claim.signed_headers, &request.headers)
    }

    /// The error contains a description, and the expected region if the region is wrong.
    fn check_scope(&self, claim: &Claim) -> Result<(), (String, Option<String>)> {
        if !claim.time_text.starts_with(&claim.date) {
            let date = &claim.date;
            return Err((format!("invalid credential date \"{date}\"; it is not the date of the request"), None));
        }
        if claim.service != "s3" {
            let service = &claim.service;
            return Err((format!("incorrect service \"{service}\"; this endpoint belongs to \"s3\""), None));
        }
        match &self.region {
            Some(region) if *region != claim.region => {
                let wrong = &claim.region;
                Err((format!("the region '{wrong}' is wrong; expecting '{region}'"), Some(region.clone())))
            }
            _ => Ok(()),
        }
    }

    /// Accepts an unknown key id, which s3s refuses later.
    fn check_token(&self, key_id: &str, token: Option<&str>) -> Result<(), Refusal> {
        match self.credentials.get(key_id) {
            Some(known) if known.session_token.as_deref() != token => {
                let message = "The provided token is malformed or otherwise invalid.";
                Err(Refusal::bad_request("InvalidToken", message))
            }
            _ => Ok(()),
        }
    }
}

fn check_signed_headers(signed: &[String], headers: &HeaderMap) -> Result<(), Refusal> {
    let is_signed = |name: &str| signed.iter().any(|signed| signed == name);
    let must_be = |name: &&str| name.starts_with("x-amz-") && !MAY_BE_UNSIGNED.contains(name);
    let present = headers.keys().map(http::HeaderName::as_str).filter(must_be).chain(["host"]);
    let unsigned: Vec<&str> = present.filter(|name| !is_signed(name)).collect();
    if unsigned.is_empty() {
        return Ok(());
    }
    let message = "There were headers present in the request which were not signed";
    Err(Refusal::forbidden("AccessDenied", message).detail("HeadersNotSigned", unsigned.join(", ")))
}

fn unsupported_mechanism() -> Refusal {
    Refusal::bad_request(
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    )
}
