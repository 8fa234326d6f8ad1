//! Compares the API document with the server: every route is documented, and every response matches its schema.

use std::{collections::BTreeSet, net::SocketAddr};

use base64::{Engine, engine::general_purpose::STANDARD};
use longshore_plugin_host::config::longshore::Action;
use serde_json::{Value, json};

use super::{
    client::{Answer, Client},
    server::{Form, SIZE_LIMIT, TestServer},
};

/// 600 by 20 pixels, from black to white.
const IMAGE: &str = "iVBORw0KGgoAAAANSUhEUgAAAlgAAAAUCAAAAAB0CBw+AAAC50lEQVR42u3S5zoWABgA0M+Wlb33zs6WvUdG9gjZOyFCVkj23tmyU7JlZa9Q9gqZ2TtlPl1Ef99zDQeBQCCQkJCRkVFQUFHR0NDQ0TEwMDEx79zBwsLGxsbBwcXFw8O7excfn4CAgJCQiIiImJiEhJSUlIyMnJyCgoKSkoqKmpqahoaWlo6Ojp6egYGRkZGJiZmZmYWFlZWNjY2d/d49Dg4OTk4uLm5ubh4eXl4+Pr779/n5BQQEBAWFhISEhUVEREVFxcQePBAXF5eQkJSUkpKSlpaRkZWVlZOTl1dQUFBUVFJSUlZWUVFVVVVTe/hQXV1dQ0NTU0tL69EjbW0dHR1dXT09fX19AwNDQ0MjI2NjExOTx49NTc3MzMzNnzyxsLCwtLSysra2trGxtbWzs7O3d3BwcHR0cnJ2dnZxefrU1dX12TM3N3d3dw+P5889PT29vF688Pb29vHx9fV9+dLPz9/fPyAgMDAoKOjVq+DgkJCQ0NDXr8PCwt68CQ+PiIiIjIyKioqOjomJjY2Ni4uPT0hISExMSkpOTk5JSU1NS0tLT8/IyMzMfPs2KysrOzsnJzc3Ny8vP7+goKCw8N27oqKi4uKSktLS0rKy8vKKior37ysrKz98+Pixqqrq06fq6pqamtraurr6+vqGhsbGpqamz5+bm1taWlpb29ra2tu/fOno6Ojs7Orq7u7u6ent7evr6+8fGBgcHBwa+vp1eHh4ZGR0dPTbt+/fx8bGxscnJiYnJ6empqdnZmZmZ+fm5ufnFxZ+/FhcXFxaWl5e/vlzZWV1dXVtbX19Y2Njc/PXr62tre3tnZ3d3d29vf39g4ODw8Ojo6Pj45OT09PTs7Pfv8/Pz//8+fv34uLi8vLq6vr6+ubm9hYBsSAWxIJYEAtiQSyIBbEgFsSCWBALYkEsiAWxIBbEglgQC2JBLIgFsSAWxIJYEAtiQSyIBbEgFsSCWBALYkEsiAWxIBbEglj/H+sfz8E5Gpig098AAAAASUVORK5CYII=";

/// The document that the server serves, and the responses that have been checked.
struct Document {
    json: Value,
    seen: BTreeSet<String>,
}

impl Document {
    async fn of(server: &TestServer) -> Self {
        let json = server.get("/api/openapi.json").await.expect(200).json();
        Self { json, seen: BTreeSet::new() }
    }

    /// Checks a response against the documented schema of the operation and the status.
    #[track_caller]
    fn check(&mut self, operation: &str, answer: &Answer) -> Value {
        let (method, path) = operation.split_once(' ').unwrap();
        let (status, what) = (answer.status.to_string(), format!("{operation} {}", answer.status));
        let said = &self.json["paths"][path][method.to_lowercase()]["responses"][&status];
        assert!(!said.is_null(), "the document has no {what}: {}", answer.text());
        let said = said["$ref"].as_str().map_or(said, |path| self.json.pointer(&path[1..]).unwrap());
        let mime = answer.header("content-type").map(|mime| mime.split(';').next().unwrap());
        let Some(content) = said["content"].as_object() else {
            assert!(answer.body.is_empty(), "{what} has a body");
            self.seen.insert(what);
            return Value::Null;
        };
        let body = content.get(mime.unwrap_or_default()).or_else(|| content.get("*/*"));
        let body = body.unwrap_or_else(|| panic!("the document has no {mime:?} for {what}"));
        self.seen.insert(what.clone());
        if mime != Some("application/json") {
            return Value::Null;
        }
        let json = answer.json();
        let mut schema = body["schema"].clone();
        schema["components"] = self.json["components"].clone();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<_> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{what} is not as described: {errors:#?} in {json:#}");
        json
    }
}

async fn ask(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    Client::connect(address).await.request(method, path, headers, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_as_the_document_says() {
    let server = TestServer::with(|setting| setting.http.docs = true).await;
    let document = &mut Document::of(&server).await;

    let image = STANDARD.decode(IMAGE).unwrap();
    let form = Form::new().part("name=\"files\"; filename=\"x.png\"\r\nContent-Type: image/png", &image);
    let info = r#"{"alternativeText":"A gradient","focalPoint":{"x":5,"y":6.5}}"#;
    let stored = document.check("POST /api/upload", &server.post("", &form.field("fileInfo", info)).await);
    assert!(stored[0]["formats"]["thumbnail"].is_object() && stored[0]["formats"]["small"].is_object(), "{stored}");
    let id = &stored[0]["id"];
    let two = Form::new().file("a.txt", "hello").file("b.txt", "hi");
    document.check("POST /api/upload", &server.post("", &two).await);
    let link = Form::new().file("c.txt", "x").field("ref", "api::a.a").field("refId", "1").field("field", "cover");
    document.check("POST /api/upload", &server.post("", &link).await);
    let replaced = server.post(&format!("?id={id}"), &Form::new().file("y.txt", "no image")).await;
    document.check("POST /api/upload", &replaced);
    let changed = r#"{"fileInfo":{"caption":"Changed"}}"#;
    let path = format!("/api/upload?id={id}");
    let json = ("content-type", "application/json");
    let changed = server.request("POST", &path, &[json], changed.as_bytes()).await;
    assert_eq!(document.check("POST /api/upload", &changed)["caption"], "Changed");

    for query in
        ["", "?fields=name,url", "?populate=related", "?filters[mime][$contains]=text&sort=name:desc", "?limit=1"]
    {
        document.check("GET /api/upload/files", &server.get(&format!("/api/upload/files{query}")).await);
    }
    for query in [
        "",
        "?pagination[page]=2&pagination[pageSize]=1",
        "?pagination[start]=1&pagination[limit]=1",
        "?pagination[withCount]=false",
    ] {
        document.check("GET /api/upload/files/page", &server.get(&format!("/api/upload/files/page{query}")).await);
    }
    let one = document.check("GET /api/upload/files/{id}", &server.get(&format!("/api/upload/files/{id}")).await);
    document
        .check("GET /api/upload/files/{id}", &server.get(&format!("/api/upload/files/{id}?populate=related")).await);
    let url = one["url"].as_str().unwrap();
    document.check("GET /uploads/{path}", &server.get(url).await);
    document.check("GET /uploads/{path}", &server.request("GET", url, &[("range", "bytes=0-1")], b"").await);
    document.check("GET /uploads/{path}", &server.request("GET", url, &[("range", "bytes=999-")], b"").await);
    document.check("GET /uploads/{path}", &server.get("/uploads/nothing").await);
    document.check("DELETE /api/upload/files/{id}", &server.delete(&format!("/api/upload/files/{id}")).await);

    document.check("POST /api/upload", &server.post("", &Form::new().field("ref", "x")).await);
    document.check("POST /api/upload", &server.post("", &Form::new().file("a|b.txt", "x")).await);
    document.check("POST /api/upload", &server.post("?id=999", &Form::new().file("a.txt", "x")).await);
    let large = vec![b'x'; usize::try_from(SIZE_LIMIT).unwrap() + 1];
    document.check("POST /api/upload", &server.post("", &Form::new().file("large.txt", large)).await);
    for path in ["/api/upload/files", "/api/upload/files/page"] {
        document.check(&format!("GET {path}"), &server.get(&format!("{path}?filters[nope]=1")).await);
    }
    document.check("GET /api/upload/files/{id}", &server.get(&format!("/api/upload/files/{id}")).await);
    document.check("DELETE /api/upload/files/{id}", &server.delete("/api/upload/files/999").await);

    document.check("GET /_health", &server.get("/_health").await);
    document.check("GET /api/openapi.json", &server.get("/api/openapi.json").await);
    document.check("GET /documentation", &server.get("/documentation").await);
    document.check("GET /_ready", &ask(server.admin, "GET", "/_ready", &[], b"").await);
    document.check("GET /metrics", &ask(server.admin, "GET", "/metrics", &[], b"").await);
    every_operation_has_succeeded(document);
}

/// Ensures that the tests above cover every operation.
fn every_operation_has_succeeded(document: &Document) {
    for (path, item) in document.json["paths"].as_object().unwrap() {
        for method in ["get", "post", "delete"].into_iter().filter(|method| item[method].is_object()) {
            let operation = format!("{} {path}", method.to_uppercase());
            let succeeded = document.seen.iter().any(|seen| seen.starts_with(&format!("{operation} 2")));
            assert!(succeeded, "{operation} was not seen to succeed");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_as_the_document_says() {
    let server = TestServer::with(|setting| setting.http.public.clear()).await;
    let document = &mut Document::of(&server).await;
    let token = format!("Bearer {}", server.token(&[Action::Find]).await);
    let operations = [
        ("POST", "/api/upload", "/api/upload"),
        ("GET", "/api/upload/files/page", "/api/upload/files/page"),
        ("GET", "/api/upload/files/{id}", "/api/upload/files/1"),
        ("DELETE", "/api/upload/files/{id}", "/api/upload/files/1"),
    ];
    for (method, path, actual) in operations {
        for (token, status) in [("Bearer nonsense", 401), (token.as_str(), 403)] {
            let answer = server.request(method, actual, &[("authorization", token)], b"").await.expect(status);
            document.check(&format!("{method} {path}"), &answer);
        }
    }
    let found = server.request("GET", "/api/upload/files", &[("authorization", &token)], b"").await.expect(200);
    assert_eq!(document.check("GET /api/upload/files", &found), json!([]));
}

/// A router cannot list its routes: the test parses its source.
#[tokio::test]
async fn every_route_is_in_the_document() {
    let server = TestServer::open().await;
    let document = Document::of(&server).await;
    let sources = [include_str!("../routes.rs"), include_str!("../admin.rs")];
    let mut routes: Vec<_> = sources.iter().flat_map(|source| source.split(".route(\"").skip(1)).collect();
    routes.extend([crate::openapi::DOCUMENT_PATH, crate::openapi::PAGE_PATH]);
    assert!(routes.len() > 8, "this test looks in the wrong place");
    let mut described: BTreeSet<_> = document.json["paths"].as_object().unwrap().keys().cloned().collect();
    for route in routes {
        let route = route.split('"').next().unwrap().replace("{*", "{");
        assert!(document.json["paths"][&route].is_object(), "`{route}` is not in the document");
        described.remove(&route);
    }
    assert!(described.is_empty(), "nothing is at {described:?}");
}
