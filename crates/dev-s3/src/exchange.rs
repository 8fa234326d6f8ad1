//! Handles one request: faults before the operation, the signature rules, s3s, faults of the response, and the journal.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use hyper::body::Incoming;
use s3s::Body;
use s3s::service::S3Service;
use time::OffsetDateTime;

use crate::Operation;
use crate::fault::{Effect, Faults, cut, stall};
use crate::journal::{Journal, Request};
use crate::refusal::{Refusal, complete_error, element};
use crate::signature_rules::SignatureRules;
use crate::target::{Query, Target};
use crate::upload::Upload;
use crate::wire::Line;

/// The state that all connections of a server share.
pub(crate) struct Exchange {
    pub(crate) service: S3Service,
    pub(crate) signature_rules: SignatureRules,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) sequence: AtomicU64,
}

/// The connection must end without a response.
#[derive(Debug, thiserror::Error)]
#[error("connection broken by a fault")]
pub(crate) struct Broken;

impl Exchange {
    pub(crate) async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        line: &Arc<Line>,
    ) -> Result<Response<Body>, Broken> {
        let (parts, incoming) = request.into_parts();
        let upload = Upload::new(incoming);
        let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        let target = Target::of(host, &parts.uri);
        let query = Query::of(&parts.uri);
        let operation = Operation::of(&parts.method, &target, &query, &parts.headers);
        let id = self.request_id();
        self.journal.begin(Request::new(id.clone(), &parts, &target, operation));
        let mut entry = Entry { journal: &self.journal, id: &id, upload: &upload, status: None };
        let effects = self.faults.strike(operation, &target);
        let result = self.run(parts, &upload, &query, &effects, line, &id).await;
        entry.status = result.as_ref().ok().map(|response| response.status().as_u16());
        result
    }

    async fn run(
        &self,
        parts: Parts,
        upload: &Upload,
        query: &Query,
        effects: &[Effect],
        line: &Arc<Line>,
        id: &str,
    ) -> Result<Response<Body>, Broken> {
        let waits_for_continue = parts.headers.contains_key(http::header::EXPECT);
        let resource = parts.uri.path().to_owned();
        let now = OffsetDateTime::now_utc() + time::Duration::seconds(skew(effects));
        let refused = before(effects, upload, line).await?;
        let checked = match refused {
            Some(refusal) => Err(refusal),
            None => self.signature_rules.check(&parts, query, now),
        };
        let mut response = match checked {
            Ok(()) => self.serve(parts, upload.clone()).await,
            Err(refusal) => refusal.into_response(),
        };
        if !response.status().is_success() && response.status() != StatusCode::NOT_MODIFIED {
            if waits_for_continue && !upload.is_begun() {
                response.headers_mut().insert(http::header::CONNECTION, HeaderValue::from_static("close"));
            } else {
                upload.clone().drain().await;
            }
            complete_error(&mut response, &resource, id);
        }
        if effects.iter().any(|effect| matches!(effect, Effect::Withhold)) {
            std::future::pending::<()>().await;
        }
        stamp(response.headers_mut(), id, now);
        behind(effects, response, line)
    }

    async fn serve(&self, parts: Parts, upload: Upload) -> Response<Body> {
        let request = http::Request::from_parts(parts, Body::http_body(upload));
        match self.service.call(request).await {
            Ok(mut response) => {
                // The operation passes a status that s3s cannot express as an extension of the response.
                if let Some(status) = response.extensions_mut().remove::<StatusCode>() {
                    *response.status_mut() = status;
                }
                response
            }
            Err(error) => {
                let error: s3s::StdError = error.into();
                Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", error.to_string()).into_response()
            }
        }
    }

    /// A new request id of 16 characters, as in S3.
    fn request_id(&self) -> String {
        let number = self.sequence.fetch_add(1, Ordering::Relaxed);
        let random = RandomState::new().hash_one(number);
        format!("{random:016X}")
    }
}

/// The journal's entry of a running request. Dropping it records the end of the request, with or without a response.
struct Entry<'a> {
    journal: &'a Journal,
    id: &'a str,
    upload: &'a Upload,
    status: Option<u16>,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.journal.end(self.id, self.status, self.upload.received());
    }
}

/// Applies the faults that happen before the operation. A returned refusal replaces the operation.
async fn before(effects: &[Effect], upload: &Upload, line: &Line) -> Result<Option<Refusal>, Broken> {
    for effect in effects {
        match effect {
            Effect::Delay(duration) => tokio::time::sleep(*duration).await,
            Effect::Reset => {
                line.reset();
                return Err(Broken);
            }
            Effect::Hang => {
                upload.clone().drain().await;
                std::future::pending::<()>().await;
            }
            Effect::StallRequest => std::future::pending::<()>().await,
            Effect::Refuse(refusal) => return Ok(Some(refusal.clone())),
            Effect::LoseAnswer
            | Effect::Withhold
            | Effect::StallBody(_)
            | Effect::CutBody(_)
            | Effect::WrongETag
            | Effect::ClockSkew(_) => {}
        }
    }
    Ok(None)
}

/// Applies the faults of the response.
fn behind(effects: &[Effect], response: Response<Body>, line: &Line) -> Result<Response<Body>, Broken> {
    let mut response = response;
    for effect in effects {
        response = match effect {
            Effect::LoseAnswer => {
                line.reset();
                return Err(Broken);
            }
            Effect::StallBody(after) => response.map(|body| stall(body, *after)),
            Effect::CutBody(after) => response.map(|body| cut(body, *after)),
            Effect::WrongETag => with_wrong_etag(response),
            _ => response,
        };
    }
    Ok(response)
}

fn skew(effects: &[Effect]) -> i64 {
    let seconds = effects.iter().map(|effect| if let Effect::ClockSkew(seconds) = effect { *seconds } else { 0 });
    seconds.sum()
}

const WRONG_ETAG: &str = "\"00000000000000000000000000000bad\"";

/// Replaces the `ETag` in the header, or in a body that contains it.
fn with_wrong_etag(mut response: Response<Body>) -> Response<Body> {
    if response.headers().contains_key(http::header::ETAG) {
        response.headers_mut().insert(http::header::ETAG, HeaderValue::from_static(WRONG_ETAG));
        return response;
    }
    let Some(bytes) = response.body().bytes() else { return response };
    let Ok(text) = std::str::from_utf8(&bytes) else { return response };
    if let Some(etag) = element(text, "ETag") {
        let body = text.replace(etag, WRONG_ETAG);
        response.headers_mut().remove(http::header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(body);
    }
    response
}

/// Adds the headers that every response of S3 has.
fn stamp(headers: &mut HeaderMap, id: &str, now: OffsetDateTime) {
    const HTTP_DATE: &[time::format_description::BorrowedFormatItem<'_>] = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    headers.insert(http::header::SERVER, HeaderValue::from_static("dev-s3"));
    let date = now.format(HTTP_DATE).ok().and_then(|date| HeaderValue::from_str(&date).ok());
    for (name, value) in [("date", date), ("x-amz-request-id", HeaderValue::from_str(id).ok())] {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
}
