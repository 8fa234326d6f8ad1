//! A span and a line in the log for each request.

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

/// Gives the request an id, which stands in the answer and with every line that is logged while it is worked on, errors
/// included: so the span is of their level. A W3C trace parent is kept for what is asked of the service, whatever is logged.
/// The query is not logged: it may have what is not for everybody.
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
