//! Reads methods, paths and queries of requests.

use axum::http::{Method, Request};
use longshore_media_library::FileId;
use percent_encoding::percent_decode_str;

use crate::{
    error::HttpError,
    query::{Node, Query},
};

/// Parses the query of a request.
pub(super) fn query<B>(request: &Request<B>) -> Result<Query, HttpError> {
    Ok(Query::parse(request.uri().query().unwrap_or_default())?)
}

/// Parses a file id: a row number in decimal digits, or else a `documentId`. Other notations of numbers are not
/// accepted, because `0x1` must not remove file 1.
fn file_id(text: &str) -> FileId {
    match text.parse() {
        Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => FileId::Number(number),
        _ => FileId::Document(text.to_owned()),
    }
}

/// The file id in the last segment of a path.
pub(super) fn file_of_path<B>(request: &Request<B>) -> FileId {
    let segment = request.uri().path().rsplit('/').next().unwrap_or_default();
    file_id(&percent_decode_str(segment).decode_utf8_lossy())
}

/// The value of the parameter `id`, or `None` if it is missing or empty.
pub(super) fn id_of_query(query: &Query) -> Result<Option<FileId>, HttpError> {
    match query.get("id") {
        None => Ok(None),
        Some(Node::Text(text)) if text.is_empty() => Ok(None),
        Some(Node::Text(text)) => Ok(Some(file_id(text))),
        Some(_) => Err(HttpError::Validation("File id is required and must be a single value".to_owned())),
    }
}

/// Refuses every method that is not `allowed`. `GET` includes `HEAD`.
pub(super) fn only<B>(request: &Request<B>, allowed: &[Method], allow: &'static str) -> Result<(), HttpError> {
    let method = request.method();
    let is_head = method == Method::HEAD && allowed.contains(&Method::GET);
    if is_head || allowed.contains(method) { Ok(()) } else { Err(HttpError::not_allowed(method, allow)) }
}
