//! What went wrong, as an answer says it. The only file that knows status codes.
//!
//! Every error is the envelope of Strapi: `{"data":null,"error":{"status","name","message","details"}}`. Clients match on
//! status and name; people read the message, and the log has the whole chain of causes.

mod library;
mod size;

use std::error::Error as StdError;

use axum::{
    body::Body,
    http::{
        HeaderValue, Response, StatusCode,
        header::{ALLOW, CONTENT_TYPE, RETRY_AFTER},
    },
    response::IntoResponse,
};
use longshore_media_library::Error as LibraryError;
use serde_json::{Value, json};
use thiserror::Error;

use super::{
    multipart::MultipartError,
    query::{Invalid, InvalidKind},
};

/// How long whoever was turned away because of too much work is asked to wait, in seconds.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// The content type of every response with a body, unless it is a file.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// The largest body of an error, in bytes. A larger request does not make it larger.
pub(crate) const LARGEST: usize = 64 * 1024;

/// The longest message, in bytes.
const LONGEST_MESSAGE: usize = 1000;

/// How many elements of a list, and how many bytes of a text, the details of an error repeat.
const MOST_ELEMENTS: usize = 20;
const LONGEST_DETAIL: usize = 500;

/// How an answer succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Success {
    /// What was asked for.
    Ok,
    /// Files were made.
    Created,
    /// All is well, and there is nothing to say.
    Empty,
    /// A part of a file.
    Part,
    /// The client has this version already.
    NotModified,
}

/// A method that is not for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MethodRefusal {
    /// It asks which methods are: no error at all.
    Options,
    /// It is for other paths.
    Elsewhere,
    /// It is for none.
    Nowhere,
}

/// Why a request is not answered as it wishes.
#[derive(Debug, Error)]
pub(crate) enum HttpError {
    /// The media library did not do it.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The query cannot be.
    #[error("the query is wrong: {}", .0.message)]
    Query(Invalid),
    /// The multipart body cannot be read.
    #[error(transparent)]
    Multipart(MultipartError),
    /// What is said in words alone, and is the sender's fault.
    #[error("{0}")]
    Validation(String),
    /// A body of JSON that is none.
    #[error("the body is no JSON")]
    Json(#[source] serde_json::Error),
    /// A body of JSON that is a single value.
    #[error("the body is a single value of JSON")]
    Scalar,
    /// There is no such file to show or remove.
    #[error("there is no such file")]
    NoFile,
    /// There is nothing at the path.
    #[error("there is nothing at this path")]
    NoRoute,
    /// The method is not for the path.
    #[error("the method is not for this path")]
    Method {
        /// The methods that are, as the header `Allow` has them.
        allow: &'static str,
        /// Which one it is.
        method: MethodRefusal,
    },
    /// The token is not valid, or there is none where one is needed.
    #[error("the token is not valid")]
    Unauthorized,
    /// Whoever asks may not do that.
    #[error("the token, or everybody, may not do this")]
    Forbidden,
    /// The body came too slowly.
    #[error("the body came too slowly")]
    TooSlow,
    /// The body broke off.
    #[error("the body did not arrive whole")]
    BrokenBody,
    /// The fields of the body are larger than the limit.
    #[error("the fields of the body are too large")]
    FieldsTooLarge,
    /// Too many uploads are in flight.
    #[error("too many uploads are in flight")]
    TooManyUploads,
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
    /// The provider or the table does not answer.
    #[error("not ready")]
    NotReady,
    /// A file was replaced while it was asked for.
    #[error("the file was replaced while it was asked for")]
    Changed,
    /// The file is not the version that the request wants.
    #[error("the file is not the version that the request wants")]
    PreconditionFailed,
    /// A range of a file that starts behind its end; the file has so many bytes.
    #[error("the range starts behind the end of the file")]
    Range(u64),
    /// Something of ours is wrong.
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

/// What an answer says.
#[derive(Debug)]
struct ErrorBody {
    status: StatusCode,
    name: &'static str,
    message: String,
    details: Option<Value>,
}

impl Success {
    /// An answer with this status.
    pub(crate) fn with(self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = match self {
            Self::Ok => StatusCode::OK,
            Self::Created => StatusCode::CREATED,
            Self::Empty => StatusCode::NO_CONTENT,
            Self::Part => StatusCode::PARTIAL_CONTENT,
            Self::NotModified => StatusCode::NOT_MODIFIED,
        };
        response
    }
}

impl HttpError {
    /// The same, where a missing file is called as `GET` and `DELETE` call it.
    pub(crate) fn of_one_file(error: LibraryError) -> Self {
        match error {
            LibraryError::NotFound(_) => Self::NoFile,
            error => Self::Library(error),
        }
    }

    fn said(&self) -> ErrorBody {
        match self {
            Self::Library(error) => library::said(error),
            Self::Query(Invalid { kind, message, details }) => {
                let name = match kind {
                    InvalidKind::Validation => "ValidationError",
                    InvalidKind::Pagination => "PaginationError",
                };
                let details = details.as_ref().map_or_else(|| json!({}), |details| json!(details));
                ErrorBody { name, ..ErrorBody::validation(message.clone()) }.with(details)
            }
            Self::Multipart(error) => multipart(error),
            Self::Validation(message) => ErrorBody::validation(message.clone()),
            Self::Json(error) => {
                let message = format!("The body is no JSON: {error}");
                ErrorBody { name: "SyntaxError", details: None, ..ErrorBody::validation(message) }
            }
            Self::Scalar => {
                let said = ErrorBody::validation("invalid JSON, only supports object and array");
                ErrorBody { name: "SyntaxError", details: None, ..said }
            }
            Self::NoFile => ErrorBody::new(StatusCode::NOT_FOUND, "NotFoundError", "file.notFound"),
            Self::NoRoute => ErrorBody::new(StatusCode::NOT_FOUND, "NotFoundError", "Not Found"),
            Self::Method { method, .. } => match method {
                MethodRefusal::Options => ErrorBody::new(StatusCode::OK, "", ""),
                MethodRefusal::Elsewhere => {
                    ErrorBody::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowedError", "Method Not Allowed")
                }
                MethodRefusal::Nowhere => {
                    ErrorBody::new(StatusCode::NOT_IMPLEMENTED, "NotImplementedError", "Not Implemented")
                }
            },
            Self::Unauthorized => {
                ErrorBody::new(StatusCode::UNAUTHORIZED, "UnauthorizedError", "Missing or invalid credentials")
            }
            Self::Forbidden => ErrorBody::new(StatusCode::FORBIDDEN, "ForbiddenError", "Forbidden"),
            Self::TooSlow => ErrorBody::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeoutError", "Request Timeout"),
            Self::BrokenBody => ErrorBody::validation("The body of the request did not arrive whole"),
            Self::FieldsTooLarge => ErrorBody::too_large("The fields of the request are too large"),
            Self::TooManyUploads => ErrorBody::unavailable("Too many uploads are in flight"),
            Self::Stopping => ErrorBody::unavailable("The server is stopping"),
            Self::NotReady => ErrorBody::unavailable("Not ready"),
            Self::Changed => ErrorBody::unavailable("The file was replaced just now"),
            Self::PreconditionFailed => {
                ErrorBody::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailedError", "Precondition Failed")
            }
            Self::Range(_) => {
                ErrorBody::new(StatusCode::RANGE_NOT_SATISFIABLE, "RangeNotSatisfiableError", "Range Not Satisfiable")
            }
            Self::Internal(_) => ErrorBody::internal(),
        }
    }
}

fn multipart(error: &MultipartError) -> ErrorBody {
    match error {
        MultipartError::Body(source) => library::broken_body(source),
        MultipartError::TextTooLarge => HttpError::FieldsTooLarge.said(),
        // Its own words say what to change.
        error => ErrorBody::validation(capitalized(&error.to_string())),
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

impl From<Invalid> for HttpError {
    fn from(invalid: Invalid) -> Self {
        Self::Query(invalid)
    }
}

impl From<MultipartError> for HttpError {
    fn from(error: MultipartError) -> Self {
        Self::Multipart(error)
    }
}

impl ErrorBody {
    fn new(status: StatusCode, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, name, message: message.into(), details: Some(json!({})) }
    }

    fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationError", message)
    }

    fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeError", message)
    }

    fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "ConflictError", message)
    }

    fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableError", message)
    }

    /// As there: without details, unless there is something to say.
    fn internal() -> Self {
        let said = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "Internal Server Error");
        Self { details: None, ..said }
    }

    fn with(self, details: Value) -> Self {
        Self { details: Some(details), ..self }
    }

    /// Whether an operator should look at it.
    fn is_ours(&self) -> bool {
        self.status == StatusCode::INTERNAL_SERVER_ERROR
    }

    fn body(&self) -> Vec<u8> {
        let Self { status, name, message, details } = self;
        let message = cut(message, LONGEST_MESSAGE);
        let text = |details: Option<Value>| {
            let mut error = json!({ "status": status.as_u16(), "name": name, "message": message });
            if let (Some(details), Some(error)) = (details, error.as_object_mut()) {
                error.insert("details".to_owned(), details);
            }
            json!({ "data": null, "error": error }).to_string().into_bytes()
        };
        let body = text(details.as_ref().map(bounded));
        if body.len() <= LARGEST { body } else { text(details.as_ref().map(|_| json!({}))) }
    }
}

/// Details with the first elements of every list, and the beginning of every text.
fn bounded(details: &Value) -> Value {
    match details {
        Value::String(text) => cut(text, LONGEST_DETAIL).into(),
        Value::Array(list) => list.iter().take(MOST_ELEMENTS).map(bounded).collect(),
        Value::Object(entries) => entries
            .iter()
            .take(MOST_ELEMENTS)
            .map(|(key, value)| (cut(key, LONGEST_DETAIL).to_owned(), bounded(value)))
            .collect(),
        value => value.clone(),
    }
}

fn cut(text: &str, longest: usize) -> &str {
    &text[..text.floor_char_boundary(longest)]
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response<Body> {
        let said = self.said();
        let cause = chain(&self);
        if said.is_ours() {
            tracing::error!("{cause}");
        } else {
            tracing::debug!("{cause}");
        }
        if let Self::Method { allow, .. } = self {
            return plain(&said, allow);
        }
        let mut response = Response::new(Body::from(said.body()));
        *response.status_mut() = said.status;
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        if said.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        if let Self::Range(size) = self
            && let Ok(value) = HeaderValue::try_from(format!("bytes */{size}"))
        {
            response.headers_mut().insert(axum::http::header::CONTENT_RANGE, value);
        }
        response
    }
}

/// The answer to a method that is not for the path, as plain text; Strapi's router makes it so.
fn plain(said: &ErrorBody, allow: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(said.message.clone()));
    *response.status_mut() = said.status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}

/// The error and its causes, as the log has them.
pub(super) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
