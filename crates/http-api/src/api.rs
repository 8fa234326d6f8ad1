//! The content API: each request is translated into one operation of the media library, and its outcome into an answer.

mod bounded_json;
mod file_info;
mod form;
mod list;
mod one;
mod shown;
mod upload;

use axum::http::{Method, Request};
use longshore_media_library::FileId;
use percent_encoding::percent_decode_str;

use super::{
    error::HttpError,
    query::{Node, Query},
};

pub(super) use self::{
    list::{files, page},
    one::one,
    upload::upload,
};

/// The query of a request.
fn query<B>(request: &Request<B>) -> Result<Query, HttpError> {
    Ok(Query::parse(request.uri().query().unwrap_or_default())?)
}

/// The file that a text names: the number of a row in decimal digits, or else a `documentId`. Other notations of numbers
/// are not read: `0x1` must not remove file 1.
fn file_id(text: &str) -> FileId {
    match text.parse() {
        Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => FileId::Number(number),
        _ => FileId::Document(text.to_owned()),
    }
}

/// The file that the last segment of a path names.
fn file_of_path<B>(request: &Request<B>) -> FileId {
    let segment = request.uri().path().rsplit('/').next().unwrap_or_default();
    file_id(&percent_decode_str(segment).decode_utf8_lossy())
}

/// The one value of `id`; `None` if there is none.
fn id_of_query(query: &Query) -> Result<Option<FileId>, HttpError> {
    match query.get("id") {
        None => Ok(None),
        Some(Node::Text(text)) if text.is_empty() => Ok(None),
        Some(Node::Text(text)) => Ok(Some(file_id(text))),
        Some(_) => Err(HttpError::Validation("File id is required and must be a single value".to_owned())),
    }
}

/// Refuses every method but `allowed`; `HEAD` goes with `GET`.
fn only<B>(request: &Request<B>, allowed: &[Method], allow: &'static str) -> Result<(), HttpError> {
    let method = request.method();
    let is_head = method == Method::HEAD && allowed.contains(&Method::GET);
    if is_head || allowed.contains(method) { Ok(()) } else { Err(super::routes::not_allowed(method, allow)) }
}
