//! Maps paths to handlers.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Method, Request, Response, Uri},
    middleware::{from_fn, from_fn_with_state},
    response::IntoResponse,
    routing::any,
};
use tower::util::MapRequest;

use super::{
    answer, api,
    app::App,
    error::{HttpError, Success},
    files, layers,
    metrics::{Metrics, RouteName, measured},
    openapi,
};

/// All routes, with the middleware around them.
pub(super) fn router(app: App, metrics: &Metrics) -> Router {
    let docs = app.settings.docs;
    let cors = Arc::new(app.settings.cors.clone());
    let routes = Router::new()
        .route("/api/upload", any(api::upload))
        .route("/api/upload/files", any(api::files))
        .route("/api/upload/files/page", any(api::page))
        .route("/api/upload/files/{id}", any(api::one))
        .route("/uploads/{*path}", any(files::file))
        .route("/_health", any(health))
        .merge(openapi::routes(docs))
        .fallback(elsewhere)
        .with_state(app)
        .layer(from_fn_with_state(metrics.requests.clone(), measured))
        .layer(from_fn_with_state(cors, layers::cors))
        .layer(from_fn(layers::trace));
    // Routes are matched before any middleware runs. An outer router therefore normalizes the paths.
    Router::new().fallback_service(MapRequest::new(routes, normal))
}

/// Liveness: succeeds as long as the server responds. `/_ready` reports whether the server can store files.
async fn health() -> Response<Body> {
    answer::empty(Success::Empty)
}

/// Files may have any path that the API does not use.
async fn elsewhere(state: State<App>, request: Request<Body>) -> Response<Body> {
    if state.static_routes.have(request.uri().path()) {
        let mut response = files::file(state, request).await.into_response();
        response.extensions_mut().insert(RouteName("/uploads/{*path}"));
        return response;
    }
    match *request.method() {
        Method::GET | Method::HEAD => HttpError::NoRoute.into_response(),
        ref method => HttpError::not_allowed(method, "HEAD, GET").into_response(),
    }
}

/// Normalizes API paths. Like Strapi, it ignores case and a trailing slash.
fn normal<B>(mut request: Request<B>) -> Request<B> {
    let path = request.uri().path();
    let lower = path.to_ascii_lowercase();
    let plain = lower.strip_suffix('/').unwrap_or(&lower);
    if plain == path || !plain.starts_with("/api/") {
        return request;
    }
    let with_query = match request.uri().query() {
        Some(query) => format!("{plain}?{query}"),
        None => plain.to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = with_query.parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}
