//! Serves the files of the local provider at `/uploads/…`, or at the path from its options.
//!
//! The server reads the files through the provider interface. Files of remote services are not served here: clients
//! fetch them from those services.

mod conditions;
mod content_type;
mod range;

use axum::{
    body::Body,
    extract::State,
    http::{
        HeaderMap, HeaderValue, Method, Request, Response,
        header::{
            ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, ETAG, LAST_MODIFIED,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
};
use longshore_media_library::Error as LibraryError;
use longshore_plugin_host::registry::Provider;
use longshore_provider::{ByteRange, Error as ProviderError, ErrorKind, File};

use self::{
    conditions::{Precondition, Version},
    range::RequestedRange,
};
use super::{
    answer,
    app::App,
    error::{HttpError, Success},
    static_routes::Mount,
};

/// Responds with a file, a range of it, or 304 if the client already has it.
pub(super) async fn file(State(app): State<App>, request: Request<Body>) -> Result<Response<Body>, HttpError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(HttpError::not_allowed(request.method(), "HEAD, GET"));
    }
    let (mount, key) = app.static_routes.find(request.uri().path()).ok_or(HttpError::NoRoute)?;
    let mut providers = app.library.registry().all();
    let provider = providers.find(|provider| provider.name() == mount.provider).ok_or(HttpError::NoRoute)?;
    if app.library.in_time(provider.is_private()).await.map_err(|error| failed(provider, error))? {
        // An overlay signs the URLs. Signed URLs do not lead to this server.
        return Err(HttpError::NoRoute);
    }
    let file = File::at(&key);
    let meta = app.library.in_time(provider.head(&file)).await.map_err(|error| failed(provider, error))?;
    let version = Version::of(&meta);
    let headers = request.headers();
    match version.precondition(headers) {
        Precondition::Passed => {}
        Precondition::Failed => return Err(HttpError::PreconditionFailed),
        Precondition::NotModified => {
            let mut response = answer::empty(Success::NotModified);
            describe(response.headers_mut(), mount, &version);
            return Ok(response);
        }
    }
    // RFC 9110 defines `Range` for GET alone.
    let has_range = request.method() == Method::GET && version.may_be_continued(headers);
    let requested = if has_range { RequestedRange::of(headers, meta.size) } else { RequestedRange::Whole };
    let (success, range) = match requested {
        RequestedRange::Whole => (Success::Ok, None),
        RequestedRange::Part(range) => (Success::Part, Some(range)),
        RequestedRange::Unsatisfiable => return Err(HttpError::Range(meta.size)),
    };
    // Before the file is opened, so that it is not held open while the database responds.
    let of_row = app.library.content_type(&mount.provider, &meta.key).await.unwrap_or_else(|error| {
        // Files can be read while the database cannot. The type then comes from the name.
        let error = &error as &dyn std::error::Error;
        tracing::warn!(key, error, "the content type of a served file could not be looked up");
        None
    });
    let body = if request.method() == Method::HEAD {
        Body::empty()
    } else {
        let wanted = range.as_ref().map(|range| ByteRange { start: range.start, length: Some(range.length()) });
        let opened = app.library.in_time(provider.open_file(&file, wanted)).await;
        let opened = opened.map_err(|error| failed(provider, error))?;
        if Version::of(&opened.meta) != version {
            // The file was replaced since `head`: preconditions and range were checked against another version.
            return Err(HttpError::Changed);
        }
        Body::from_stream(opened.body)
    };
    let mut response = success.with(body);
    let headers = response.headers_mut();
    describe(headers, mount, &version);
    let length = range.as_ref().map_or(meta.size, range::Part::length);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(range) = range {
        headers.insert(CONTENT_RANGE, range.header(meta.size));
    }
    content_type::insert(headers, of_row.as_deref(), &key, meta.content_type.as_deref());
    Ok(response)
}

/// Sets the headers that every response about the file has.
fn describe(headers: &mut HeaderMap, mount: &Mount, version: &Version) {
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, mount.cache_control.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // A file opened as a page runs no script, loads nothing, and has a unique origin.
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    for (name, value) in [(ETAG, version.tag_header()), (LAST_MODIFIED, version.modified_header())] {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
}

fn failed(provider: &Provider, source: ProviderError) -> HttpError {
    match source.kind() {
        ErrorKind::NotFound | ErrorKind::InvalidInput => HttpError::NoRoute,
        _ => LibraryError::Provider { provider: provider.name().to_owned(), source }.into(),
    }
}
