//! Responses with a JSON body, complete or streamed.

use axum::{
    body::Body,
    http::{Response, header::CONTENT_TYPE},
};
use serde::Serialize;

use super::error::{HttpError, JSON, Success};

/// Serializes `value` into a complete JSON response.
pub(super) fn json(success: Success, value: &impl Serialize) -> Result<Response<Body>, HttpError> {
    let bytes = serde_json::to_vec(value).map_err(|error| HttpError::Internal(error.into()))?;
    Ok(with_json(success, Body::from(bytes)))
}

/// A response whose body is JSON already.
pub(super) fn with_json(success: Success, body: Body) -> Response<Body> {
    let mut response = success.with(body);
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// A response without a body.
pub(super) fn empty(success: Success) -> Response<Body> {
    success.with(Body::empty())
}
