//! Errors as HTTP responses. Only this module knows status codes.
//!
//! Every error has Strapi's envelope: `{"data":null,"error":{"status","name","message","details"}}`. Clients match on
//! `status` and `name`. The message is for people, and the log contains the whole chain of causes.

mod body;
mod library;
mod size;
mod success;

use std::error::Error as StdError;

use axum::{
    body::Body,
    http::{
        HeaderValue, Method, Response, StatusCode,
        header::{ALLOW, CONTENT_TYPE, RETRY_AFTER},
    },
    response::IntoResponse,
};
use longshore_media_library::Error as LibraryError;
use serde_json::json;
use thiserror::Error;

#[cfg(test)]
pub(crate) use self::body::LARGEST;
use self::body::{ErrorBody, capitalized};
pub(crate) use self::success::Success;
use super::{
    multipart::MultipartError,
    query::{Invalid, InvalidKind},
};

/// The value of `Retry-After` for requests that are refused because of overload, in seconds.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// The content type of every response with a body, except files.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// Why a method is not allowed for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MethodRefusal {
    /// `OPTIONS` asks for the allowed methods and is not an error.
    Options,
    /// Other paths accept the method.
    Elsewhere,
    /// No path accepts the method.
    Nowhere,
}

/// Why a request failed.
#[derive(Debug, Error)]
pub(crate) enum HttpError {
    /// The media library reported an error.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The query is invalid.
    #[error("the query is wrong: {}", .0.message)]
    Query(Invalid),
    /// The multipart body is invalid or could not be read.
    #[error(transparent)]
    Multipart(MultipartError),
    /// A client error that consists of a message alone.
    #[error("{0}")]
    Validation(String),
    /// The body is not valid JSON.
    #[error("the body is no JSON")]
    Json(#[source] serde_json::Error),
    /// The JSON body is a single value instead of an object.
    #[error("the body is a single value of JSON")]
    Scalar,
    /// The file to show or remove does not exist.
    #[error("there is no such file")]
    NoFile,
    /// The path does not exist.
    #[error("there is nothing at this path")]
    NoRoute,
    /// The path does not accept the method.
    #[error("the method is not for this path")]
    Method {
        /// The methods that the path accepts, as the value of `Allow`.
        allow: &'static str,
        /// Why the method is not accepted.
        method: MethodRefusal,
    },
    /// The token is not valid, or a required token is missing.
    #[error("the token is not valid")]
    Unauthorized,
    /// The token, or an anonymous request, lacks the permission.
    #[error("the token, or everybody, may not do this")]
    Forbidden,
    /// The body arrived too slowly.
    #[error("the body came too slowly")]
    TooSlow,
    /// The connection ended before the end of the body.
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
    /// The provider or the database does not respond, or a background task waits for its restart.
    #[error("not ready")]
    NotReady,
    /// The file was replaced during the request.
    #[error("the file was replaced during the request")]
    Changed,
    /// The file's version does not meet the request's preconditions.
    #[error("the file does not match the version in the request")]
    PreconditionFailed,
    /// The range contains no byte of the file, whose size this is.
    #[error("the range starts behind the end of the file")]
    Range(u64),
    /// An error of the server itself.
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

impl HttpError {
    /// The error for a method that the path does not accept.
    pub(crate) fn not_allowed(method: &Method, allow: &'static str) -> Self {
        let elsewhere = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::GET, Method::HEAD];
        let method = match method {
            &Method::OPTIONS => MethodRefusal::Options,
            method if elsewhere.contains(method) => MethodRefusal::Elsewhere,
            _ => MethodRefusal::Nowhere,
        };
        Self::Method { allow, method }
    }

    /// Converts the error of an operation on one file. A missing file becomes [`Self::NoFile`], with the message of
    /// `GET` and `DELETE`.
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
            Self::TooSlow => ErrorBody::too_slow(),
            Self::BrokenBody => ErrorBody::broken_body(),
            Self::FieldsTooLarge => ErrorBody::too_large("The fields of the request are too large"),
            Self::TooManyUploads => ErrorBody::unavailable("Too many uploads are in flight"),
            Self::Stopping => ErrorBody::stopping(),
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
        // The message already explains what to change.
        error => ErrorBody::validation(capitalized(&error.to_string())),
    }
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

/// The plain-text response to a method that the path does not accept, like that of Strapi's router.
fn plain(said: &ErrorBody, allow: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(said.message.clone()));
    *response.status_mut() = said.status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}

/// The error and its causes in one line, for the log.
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
