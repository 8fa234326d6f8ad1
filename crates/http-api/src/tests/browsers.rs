//! Headers and routes for browsers, proxies and operators.

use super::{
    client::Client,
    provider::{FakeBehavior, refusal},
    server::TestServer,
};

const ORIGIN: (&str, &str) = ("Origin", "https://app.example");

#[tokio::test]
async fn any_page_may_use_the_api_without_credentials() {
    let server = TestServer::open().await;
    let answer = server.request("GET", "/api/upload/files", &[ORIGIN], b"").await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("Content-Range") && exposed.contains("ETag"), "{exposed}");
    let refused = server.request("GET", "/api/upload/files/9", &[ORIGIN], b"").await.expect(404);
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
    assert_eq!(server.get("/api/upload/files").await.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn browsers_may_ask_beforehand() {
    let server = TestServer::with(|setting| {
        setting.http.public.clear();
        setting.http.cors.origins = vec![ORIGIN.1.to_owned()];
        setting.http.cors.credentials = true;
    })
    .await;
    let asking =
        [ORIGIN, ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")];
    let answer = server.request("OPTIONS", "/api/upload", &asking, b"").await.expect(204);
    for (name, value) in [
        ("access-control-allow-origin", ORIGIN.1),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"),
        (
            "access-control-allow-headers",
            "Content-Type,Authorization,Origin,Accept,Range,If-Range,If-Match,If-None-Match,If-Modified-Since,\
             If-Unmodified-Since,X-Request-Id,traceparent",
        ),
        ("access-control-max-age", "31536000"),
        ("vary", "origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let other = [("Origin", "https://evil.example"), asking[1]];
    let answer = server.request("OPTIONS", "/api/upload", &other, b"").await.expect(204);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(answer.header("access-control-allow-methods"), None);
}

#[tokio::test]
async fn every_answer_has_the_id_of_its_request() {
    let server = TestServer::open().await;
    let answer = server.request("GET", "/nope", &[("X-Request-Id", "abc-123")], b"").await;
    assert_eq!(answer.header("x-request-id"), Some("abc-123"));
    let answer = server.request("GET", "/_health", &[("X-Request-Id", "a b")], b"").await;
    assert_eq!(answer.header("x-request-id").unwrap().len(), 24);
    assert_ne!(server.get("/nope").await.header("x-request-id"), server.get("/nope").await.header("x-request-id"));
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let server = TestServer::open().await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        client.request("GET", "/_health", &[], b"").await.expect(204);
        client.request("GET", "/nope", &[], b"").await.expect(404);
        client.request("POST", "/api/upload", &[super::server::CONTENT_TYPE], b"--XX--").await.expect(400);
    }
}

#[tokio::test]
async fn operators_learn_whether_files_could_be_stored() {
    let server = TestServer::open().await;
    let ask = async |path: &str| Client::connect(server.admin).await.request("GET", path, &[], b"").await;
    ask("/_health").await.expect(204);
    ask("/_ready").await.expect(204);
    assert!(ask("/metrics").await.expect(200).text().contains("longshore_uploads_in_flight 0"));
    ask("/api/upload/files").await.error(404, "NotFoundError", "Not Found");
    server.provider.behave(FakeBehavior { fails: Some(refusal()), ..FakeBehavior::default() });
    let unready = async {
        loop {
            let answer = ask("/_ready").await;
            if answer.status != 204 {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let answer = tokio::time::timeout(super::server::LONG, unready).await.unwrap();
    assert!(answer.header("retry-after").is_some());
    answer.error(503, "ServiceUnavailableError", "Not ready");
}

#[tokio::test]
async fn the_api_is_described() {
    let server = TestServer::open().await;
    server.get("/api/openapi.json").await.expect(200);
    server.get("/documentation").await.expect(404);
    let shown = TestServer::with(|setting| setting.http.docs = true).await;
    shown.get("/documentation").await.expect(200);
}
