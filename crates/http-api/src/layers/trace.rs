//! A tracing span and a log line for each request.

use std::time::Instant;

use axum::{
    body::Body,
    http::{HeaderName, Request, Response},
    middleware::Next,
};
use longshore_plugin_host::trace_parent;
use tracing::Instrument;

use super::request_id;

const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// Assigns the request an id, which the response and every log line of the request contain. The span has the level
/// `error`, so that error lines contain the id at every log level. The W3C `traceparent` is passed on to storage
/// services at every log level. The query is not logged, because it may contain confidential values.
pub(crate) async fn trace(request: Request<Body>, next: Next) -> Response<Body> {
    let begun = Instant::now();
    let id = request_id::of(request.headers());
    let text = id.to_str().unwrap_or_default();
    let (method, path) = (request.method(), request.uri().path());
    let span = tracing::error_span!("request", id = text, %method, path);
    let parent = request.headers().get(TRACE_PARENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let answering = async move {
        let mut response = next.run(request).await;
        response.headers_mut().insert(request_id::HEADER, id);
        let status = response.status().as_u16();
        tracing::info!(status, ms = begun.elapsed().as_secs_f64() * 1000.0, "answered");
        response
    };
    trace_parent::within(parent.as_deref(), answering.instrument(span)).await
}
