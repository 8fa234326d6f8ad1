//! `GET /uploads/…`, or wherever else their URLs lead: the files of the local provider.
//!
//! They are read through the provider, as anybody's would be; files on other services are read there.

mod conditions;
mod kind;
mod places;
mod range;

use std::time::SystemTime;

use axum::{
    body::Body,
    extract::State,
    http::{
        HeaderMap, HeaderValue, Method, Request, Response,
        header::{
            ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
            LAST_MODIFIED, X_CONTENT_TYPE_OPTIONS,
        },
    },
};
use longshore_media_library::Error as LibraryError;
use longshore_plugin_host::registry::Provider;
use longshore_provider::{ByteRange, Error as ProviderError, ErrorKind, File, ObjectMeta};

pub use self::places::{PlaceTaken, Places};
use self::{conditions::Version, places::Place, range::Asked};
use super::{
    answer,
    error::{HttpError, Success},
    routes::{App, not_allowed},
};

/// Answers with a file, a part of it, or that the client has it already.
pub(super) async fn file(State(app): State<App>, request: Request<Body>) -> Result<Response<Body>, HttpError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(not_allowed(request.method(), "HEAD, GET"));
    }
    let (place, key) = app.places.find(request.uri().path()).ok_or(HttpError::NoRoute)?;
    let mut providers = app.library.registry().all();
    let provider = providers.find(|provider| provider.name() == place.provider).ok_or(HttpError::NoRoute)?;
    if app.library.in_time(provider.is_private()).await.map_err(|error| failed(provider, error))? {
        // An overlay that signs URLs: they do not lead here.
        return Err(HttpError::NoRoute);
    }
    let file = File::at(&key);
    let meta = app.library.in_time(provider.head(&file)).await.map_err(|error| failed(provider, error))?;
    let version = Version::of(&meta);
    let headers = request.headers();
    if version.is_known(headers) {
        let mut response = answer::empty(Success::NotModified);
        describe(response.headers_mut(), place, &version);
        return Ok(response);
    }
    let asked = if version.may_be_continued(headers) { Asked::of(headers, meta.size) } else { Asked::Everything };
    let (success, range) = match asked {
        Asked::Everything => (Success::Ok, None),
        Asked::Part(range) => (Success::Part, Some(range)),
        Asked::Behind => return Err(HttpError::Range(meta.size)),
    };
    let body = if request.method() == Method::HEAD {
        Body::empty()
    } else {
        let wanted = range.as_ref().map(|range| ByteRange { start: range.start, length: Some(range.length()) });
        let opened = app.library.in_time(provider.open_file(&file, wanted)).await;
        let opened = opened.map_err(|error| failed(provider, error))?;
        if Version::of(&opened.meta) != version {
            // Replaced since: what was decided was about another one.
            return Err(HttpError::Changed);
        }
        Body::from_stream(opened.body)
    };
    let mut response = success.with(body);
    let headers = response.headers_mut();
    describe(headers, place, &version);
    let length = range.as_ref().map_or(meta.size, range::Part::length);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(range) = range {
        headers.insert(CONTENT_RANGE, range.header(meta.size));
    }
    about_content(headers, &key, &meta);
    Ok(response)
}

/// What every answer about the file says.
fn describe(headers: &mut HeaderMap, place: &Place, version: &Version) {
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, place.cache_control.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in [(ETAG, version.tag_header()), (LAST_MODIFIED, version.modified_header())] {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
}

fn about_content(headers: &mut HeaderMap, key: &str, meta: &ObjectMeta) {
    let kind = kind::of(key, meta.content_type.as_deref());
    if let Ok(value) = HeaderValue::try_from(&kind) {
        headers.insert(CONTENT_TYPE, value);
    }
    if kind::runs(&kind) {
        // Shown in place it could act in the name of whoever looks at it.
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
}

fn failed(provider: &Provider, source: ProviderError) -> HttpError {
    match source.kind() {
        ErrorKind::NotFound | ErrorKind::InvalidInput => HttpError::NoRoute,
        _ => LibraryError::Provider { provider: provider.name().to_owned(), source }.into(),
    }
}

/// Whole seconds: what a header can say.
fn seconds(time: SystemTime) -> Option<SystemTime> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(since.as_secs()))
}
