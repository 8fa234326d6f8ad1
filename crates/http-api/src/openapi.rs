//! The `OpenAPI` 3.1 document of the API, and a page that displays it.
//!
//! The document is `openapi/document.json`. Tests compare it with the router and with real responses.

mod page;

use std::sync::OnceLock;

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};
use serde_json::Value;

/// The path of the document.
pub(crate) const DOCUMENT_PATH: &str = "/api/openapi.json";

/// The path of the page.
pub(crate) const PAGE_PATH: &str = "/documentation";

/// Serves the document, and the page if `docs` is set.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(docs: bool) -> Router<S> {
    let router = Router::new().route(DOCUMENT_PATH, get(json));
    if docs { router.route(PAGE_PATH, get(html)) } else { router }
}

async fn json() -> impl IntoResponse {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| document().to_string()).as_str();
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], text)
}

async fn html() -> impl IntoResponse {
    static PAGE: OnceLock<(String, String)> = OnceLock::new();
    let (page, policy) = PAGE.get_or_init(|| page::render(&document(), DOCUMENT_PATH));
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, policy.as_str()),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, page.as_str())
}

/// The document, with the version of this program.
fn document() -> Value {
    let mut document: Value = serde_json::from_str(include_str!("openapi/document.json")).expect("a test reads it");
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    document
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        http::{Request, StatusCode},
    };
    use tower::ServiceExt;

    use super::*;

    async fn get(docs: bool, path: &str) -> (StatusCode, axum::http::HeaderMap, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = routes::<()>(docs).with_state(()).oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        (head.status, head.headers, String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap())
    }

    /// Every reference resolves, and every operation has a unique id.
    #[test]
    fn the_document_holds_together() {
        let document = document();
        let mut references = Vec::new();
        collect(&document, &mut references);
        assert!(references.len() > 20);
        for reference in references {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
        }
        let operations = document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
        let mut ids: Vec<_> = operations.filter_map(|(_, operation)| operation["operationId"].as_str()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert!(count >= 10 && ids.len() == count, "{ids:?}");
    }

    fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
        match value {
            Value::Object(entries) => {
                references.extend(entries.get("$ref").and_then(Value::as_str));
                entries.values().for_each(|value| collect(value, references));
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
            _ => {}
        }
    }

    #[test]
    fn its_schemas_are_schemas() {
        for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
            assert!(jsonschema::meta::is_valid(schema), "{name}");
        }
    }

    #[tokio::test]
    async fn the_document_is_always_served_and_the_page_when_asked_for() {
        let (status, headers, body) = get(false, DOCUMENT_PATH).await;
        assert_eq!((status, &headers["content-type"]), (StatusCode::OK, &"application/json".parse().unwrap()));
        let served: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(served["info"]["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(get(false, PAGE_PATH).await.0, StatusCode::NOT_FOUND);
        let (status, headers, body) = get(true, PAGE_PATH).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'; style-src 'sha256-")
        );
        assert!(body.contains("/api/upload/files/{id}") && body.contains("focalPoint"));
    }
}
