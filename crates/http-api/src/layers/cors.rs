//! CORS: the origins whose pages may use the API from a browser.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{
        HeaderMap, HeaderValue, Method, Request, Response,
        header::{
            ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
        },
    },
    middleware::Next,
};
use longshore_plugin_host::config::longshore::Cors;

use crate::{answer, error::Success};

const METHODS: HeaderValue = HeaderValue::from_static("GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Content-Type,Authorization,Origin,Accept,Range,If-Range,If-Match,If-None-Match,If-Modified-Since,\
     If-Unmodified-Since,X-Request-Id,traceparent",
);
/// Headers that pages may read in addition to the safelisted ones. PDF viewers and video players need the range
/// headers.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Accept-Ranges,Content-Disposition,Content-Length,Content-Range,ETag,Retry-After,X-Request-Id",
);
/// One year. Browsers reduce it to their own maximum.
const MAX_AGE: HeaderValue = HeaderValue::from_static("31536000");

/// Responds to preflight requests, and adds the CORS headers to all other responses.
pub(crate) async fn cors(State(cors): State<Arc<Cors>>, request: Request<Body>, next: Next) -> Response<Body> {
    let origin = request.headers().get(ORIGIN).cloned();
    let asks_beforehand =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if let (Some(origin), true) = (&origin, asks_beforehand) {
        let mut response = answer::empty(Success::Empty);
        let headers = response.headers_mut();
        if allow(&cors, Some(origin), headers) {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
            headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
        return response;
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if allow(&cors, origin.as_ref(), headers) && origin.is_some() {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    response
}

/// Adds the headers that let pages of `origin` read the response. Returns whether the origin is allowed.
fn allow(cors: &Cors, origin: Option<&HeaderValue>, headers: &mut HeaderMap) -> bool {
    if cors.allows_any() && !cors.credentials {
        if origin.is_some() {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        return true;
    }
    if !cors.origins.is_empty() {
        // Caches must not reuse a response for another origin.
        headers.append(VARY, HeaderValue::from_name(ORIGIN));
    }
    let Some(origin) =
        origin.filter(|origin| cors.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()))
    else {
        return false;
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    if cors.credentials {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(origins: &[&str], credentials: bool, origin: &'static str) -> HeaderMap {
        let cors = Cors { origins: origins.iter().map(|origin| (*origin).to_owned()).collect(), credentials };
        let mut headers = HeaderMap::new();
        allow(&cors, Some(&HeaderValue::from_static(origin)), &mut headers);
        headers
    }

    #[test]
    fn any_page_is_allowed_without_credentials() {
        let headers = allowed(&["*"], false, "https://a.example");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
        assert!(!headers.contains_key(VARY));
    }

    #[test]
    fn listed_pages_are_named() {
        let headers = allowed(&["https://a.example", "https://b.example"], true, "https://b.example");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "https://b.example");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        assert_eq!(headers[VARY], "origin");
    }

    #[test]
    fn other_pages_are_not_allowed() {
        for origin in ["https://a.example.evil", "http://a.example", "null"] {
            let headers = allowed(&["https://a.example"], true, origin);
            assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
            assert_eq!(headers[VARY], "origin");
        }
        assert!(allowed(&[], false, "https://a.example").is_empty());
    }
}
