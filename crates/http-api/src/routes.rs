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
use longshore_media_library::MediaLibrary;
use tower::util::MapRequest;

use super::{
    answer, api,
    auth::Auth,
    error::{HttpError, MethodRefusal, Success},
    files::{self, StaticRoutes},
    layers,
    settings::Settings,
    upload_slots::UploadSlots,
};
use crate::{
    metrics::{Metrics, RouteName, measured},
    openapi,
};

/// The state that every route shares. Cheap to clone.
#[derive(Clone)]
pub(super) struct App {
    pub(super) library: MediaLibrary,
    pub(super) settings: Arc<Settings>,
    pub(super) auth: Arc<Auth>,
    pub(super) uploads: Arc<UploadSlots>,
    pub(super) static_routes: Arc<StaticRoutes>,
}

impl App {
    pub(super) fn new(settings: Arc<Settings>, static_routes: StaticRoutes, library: MediaLibrary) -> Self {
        let auth = Arc::new(Auth::new(settings.public.clone()));
        let uploads = Arc::new(UploadSlots::new(settings.uploads, settings.upload_wait));
        Self { library, settings, auth, uploads, static_routes: Arc::new(static_routes) }
    }

    /// All routes, with the middleware around them.
    pub(super) fn router(self, metrics: Arc<Metrics>) -> Router {
        let docs = self.settings.docs;
        let cors = Arc::new(self.settings.cors.clone());
        let routes = Router::new()
            .route("/api/upload", any(api::upload))
            .route("/api/upload/files", any(api::files))
            .route("/api/upload/files/page", any(api::page))
            .route("/api/upload/files/{id}", any(api::one))
            .route("/uploads/{*path}", any(files::file))
            .route("/_health", any(health))
            .merge(openapi::routes(docs))
            .fallback(elsewhere)
            .with_state(self)
            .layer(from_fn_with_state(metrics, measured))
            .layer(from_fn_with_state(cors, layers::cors))
            .layer(from_fn(layers::trace));
        // Routes are matched before any middleware runs. An outer router therefore normalizes the paths.
        Router::new().fallback_service(MapRequest::new(routes, normal))
    }
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
        ref method => not_allowed(method, "HEAD, GET").into_response(),
    }
}

/// The error for a method that the path does not accept.
pub(super) fn not_allowed(method: &Method, allow: &'static str) -> HttpError {
    let elsewhere = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::GET, Method::HEAD];
    let method = match method {
        &Method::OPTIONS => MethodRefusal::Options,
        method if elsewhere.contains(method) => MethodRefusal::Elsewhere,
        _ => MethodRefusal::Nowhere,
    };
    HttpError::Method { allow, method }
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
