//! What is for operators alone, on an address of its own.

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

/// How long an answer of provider and table counts: however often it is asked, they are not.
const FRESH: Duration = Duration::from_secs(2);

/// How long they may take. A balancer that waits no longer than this learns that the server is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Admin {
    library: MediaLibrary,
    metrics: Arc<Metrics>,
    /// Whether files could be stored, and when that was known.
    ready: Arc<Mutex<Option<(bool, Instant)>>>,
    /// Cancelled once the server drains.
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

/// Whether new files could be stored: the provider and the table answer.
async fn ready(State(admin): State<Admin>) -> Result<Response<Body>, HttpError> {
    if admin.draining.is_cancelled() {
        return Err(HttpError::Stopping);
    }
    // Whoever asks meanwhile waits for the same answer.
    let mut known = admin.ready.lock().await;
    let is_ready = match *known {
        Some((is_ready, at)) if at.elapsed() < FRESH => is_ready,
        _ => {
            let asked = tokio::time::timeout(PATIENCE, admin.library.ready()).await;
            match &asked {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!("not ready: {}", super::error::chain(error)),
                Err(_) => tracing::warn!("not ready: neither provider nor database has answered in time"),
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
