//! Answers in JSON, whole or as they are made.

use axum::{
    body::Body,
    http::{HeaderValue, Response, header::CONTENT_TYPE},
};
use serde::Serialize;

use super::error::{HttpError, Success};

/// The content type of every answer with a body, unless it is a file.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// An answer that is there as a whole.
pub(super) fn json(success: Success, value: &impl Serialize) -> Result<Response<Body>, HttpError> {
    let bytes = serde_json::to_vec(value).map_err(|error| HttpError::Internal(error.into()))?;
    Ok(with_json(success, Body::from(bytes)))
}

/// An answer whose body is JSON already.
pub(super) fn with_json(success: Success, body: Body) -> Response<Body> {
    let mut response = success.with(body);
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// An answer without a body.
pub(super) fn empty(success: Success) -> Response<Body> {
    success.with(Body::empty())
}
