//! Health, readiness and metrics for operators, on a listener of their own.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderValue, Response, header::CONTENT_TYPE},
    middleware::from_fn,
    routing::any,
};
use longshore_media_library::MediaLibrary;
use tokio::{sync::Mutex, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    answer,
    error::{HttpError, Success},
    layers,
};
use crate::metrics::{self, Metrics};

/// How long a readiness result is reused. Frequent requests to `/_ready` thus cause no load on provider and database.
const FRESH: Duration = Duration::from_secs(2);

/// Timeout of the readiness check. A load balancer that waits at least this long gets a response.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Admin {
    library: MediaLibrary,
    metrics: Arc<Metrics>,
    /// The last readiness result, and its time.
    ready: Arc<Mutex<Option<(bool, Instant)>>>,
    /// Cancelled when the server begins to drain.
    draining: CancellationToken,
}

/// `/_health`, `/_ready` and `/metrics`.
pub(super) fn router(library: MediaLibrary, metrics: Arc<Metrics>, draining: CancellationToken) -> Router {
    Router::new()
        .route("/_health", any(health))
        .route("/_ready", any(ready))
        .route("/metrics", any(text))
        .fallback(async || HttpError::NoRoute)
        .with_state(Admin { library, metrics, ready: Arc::default(), draining })
        .layer(from_fn(layers::trace))
}

async fn health() -> Response<Body> {
    answer::empty(Success::Empty)
}

/// Succeeds if the provider and the database respond and no background task waits for a restart.
async fn ready(State(admin): State<Admin>) -> Result<Response<Body>, HttpError> {
    if admin.draining.is_cancelled() {
        return Err(HttpError::Stopping);
    }
    // Concurrent requests wait for the lock and share one result.
    let mut known = admin.ready.lock().await;
    let is_ready = match *known {
        Some((is_ready, at)) if at.elapsed() < FRESH => is_ready,
        _ => {
            let asked = tokio::time::timeout(PATIENCE, admin.library.ready()).await;
            match &asked {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!("not ready: {}", super::error::chain(error)),
                Err(_) => tracing::warn!("not ready: neither provider nor database responded in time"),
            }
            let failing = admin.library.supervisor().failing();
            if let Some(task) = failing {
                tracing::warn!("not ready: the background task `{task}` has panicked and waits for its restart");
            }
            let is_ready = matches!(asked, Ok(Ok(()))) && failing.is_none();
            *known = Some((is_ready, Instant::now()));
            is_ready
        }
    };
    if is_ready { Ok(answer::empty(Success::Empty)) } else { Err(HttpError::NotReady) }
}

async fn text(State(admin): State<Admin>) -> Response<Body> {
    admin.metrics.look_up(&admin.library).await;
    let mut response = Success::Ok.with(Body::from(admin.metrics.text()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
    response
}
