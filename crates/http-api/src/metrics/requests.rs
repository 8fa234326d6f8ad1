//! Middleware that measures requests.

use std::{
    fmt,
    hash::{Hash, Hasher},
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    body::Body,
    extract::{MatchedPath, Request as HttpRequest, State},
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Buckets of request durations in seconds, from a listing to a large upload.
const BUCKETS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0];

/// The metrics of requests. Cheap to clone.
#[derive(Clone)]
pub(crate) struct RequestMetrics {
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    received: Counter,
    uploads: Gauge,
}

/// The labels of request durations.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: Method,
    route: Path,
}

/// The labels of the request counter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: Method,
    route: Path,
    status: u16,
}

/// The route of a request as the router names it, for example `/api/upload/files/{id}`.
#[derive(Clone, Debug)]
enum Path {
    Routed(MatchedPath),
    /// No route matched. The name comes from the handler's [`RouteName`], or is a fixed one for unknown paths.
    Other(&'static str),
}

/// The route name of a request that matched no route, as an extension of the response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RouteName(pub(crate) &'static str);

/// An HTTP method. All unknown methods share one label, so that clients cannot create an unlimited number of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Method(&'static str);

/// Measures each request. Use it with [`axum::middleware::from_fn_with_state`].
pub(crate) async fn measured(State(metrics): State<RequestMetrics>, request: HttpRequest, next: Next) -> Response {
    let begun = Instant::now();
    let method = Method::of(request.method());
    let routed: Option<MatchedPath> = request.extensions().get().cloned();
    let has_body = !http_body::Body::is_end_stream(request.body());
    let _in_flight = (method.0 == "POST" && has_body).then(|| InFlight::begin(&metrics.uploads));
    let request = if has_body {
        let received = metrics.received.clone();
        request.map(|body| Body::new(Received { body, received }))
    } else {
        request
    };
    let response = next.run(request).await;
    let other = || Path::Other(response.extensions().get().map_or("none", |RouteName(name)| name));
    let route = routed.map_or_else(other, Path::Routed);
    let of = Route { method, route: route.clone() };
    metrics.durations.get_or_create(&of).observe(begun.elapsed().as_secs_f64());
    metrics.requests.get_or_create(&Request { method, route, status: response.status().as_u16() }).inc();
    response
}

impl RequestMetrics {
    /// Registers the metrics.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let requests = Family::default();
        let durations = Family::<_, _, fn() -> Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        let (received, uploads) = (Counter::default(), Gauge::default());
        registry.register("http_requests", "Requests that got a response", requests.clone());
        let help = "Time from the head of a request to the head of its response";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, durations.clone());
        let help = "Bytes of the bodies of requests that were read";
        registry.register_with_unit("http_received", help, Unit::Bytes, received.clone());
        registry.register("uploads_in_flight", "Uploads and replacements in progress", uploads.clone());
        Self { requests, durations, received, uploads }
    }
}

/// Counts an upload in flight until it is dropped. A disconnect drops the future, and thus the guard.
struct InFlight(Gauge);

impl InFlight {
    fn begin(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A body that counts its bytes as they are read.
struct Received {
    body: Body,
    received: Counter,
}

impl http_body::Body for Received {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            self.received.inc_by(frame.data_ref().map_or(0, |data| data.len() as u64));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Method {
    fn of(method: &axum::http::Method) -> Self {
        const KNOWN: [&str; 8] = ["GET", "POST", "HEAD", "DELETE", "OPTIONS", "PUT", "PATCH", "TRACE"];
        Self(KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other"))
    }
}

impl Path {
    fn as_str(&self) -> &str {
        match self {
            Self::Routed(path) => path.as_str(),
            Self::Other(name) => name,
        }
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Path {}

impl Hash for Path {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl EncodeLabelValue for Path {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        self.as_str().encode(encoder)
    }
}

impl EncodeLabelValue for Method {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)
    }
}
