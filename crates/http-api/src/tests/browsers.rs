//! What browsers, proxies and operators need of every answer.

use super::{
    client::Client,
    scene::Scene,
    shelf::{Mood, refusal},
};

const ORIGIN: (&str, &str) = ("Origin", "https://app.example");

#[tokio::test]
async fn any_page_may_use_the_api_without_credentials() {
    let scene = Scene::open().await;
    let answer = scene.request("GET", "/api/upload/files", &[ORIGIN], b"").await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let refused = scene.request("GET", "/api/upload/files/9", &[ORIGIN], b"").await.expect(404);
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
    assert_eq!(scene.get("/api/upload/files").await.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn browsers_may_ask_beforehand() {
    let scene = Scene::with(|setting| {
        setting.http.public.clear();
        setting.http.cors.origins = vec![ORIGIN.1.to_owned()];
        setting.http.cors.credentials = true;
    })
    .await;
    let asking =
        [ORIGIN, ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")];
    let answer = scene.request("OPTIONS", "/api/upload", &asking, b"").await.expect(204);
    for (name, value) in [
        ("access-control-allow-origin", ORIGIN.1),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"),
        ("access-control-allow-headers", "Content-Type,Authorization,Origin,Accept"),
        ("access-control-max-age", "31536000"),
        ("vary", "origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let other = [("Origin", "https://evil.example"), asking[1]];
    let answer = scene.request("OPTIONS", "/api/upload", &other, b"").await.expect(204);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(answer.header("access-control-allow-methods"), None);
}

#[tokio::test]
async fn every_answer_has_the_id_of_its_request() {
    let scene = Scene::open().await;
    let answer = scene.request("GET", "/nope", &[("X-Request-Id", "abc-123")], b"").await;
    assert_eq!(answer.header("x-request-id"), Some("abc-123"));
    let answer = scene.request("GET", "/_health", &[("X-Request-Id", "a b")], b"").await;
    assert_eq!(answer.header("x-request-id").unwrap().len(), 24);
    assert_ne!(scene.get("/nope").await.header("x-request-id"), scene.get("/nope").await.header("x-request-id"));
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let scene = Scene::open().await;
    let mut client = scene.connect().await;
    for _ in 0..3 {
        client.request("GET", "/_health", &[], b"").await.expect(204);
        client.request("GET", "/nope", &[], b"").await.expect(404);
        client.request("POST", "/api/upload", &[super::scene::CONTENT_TYPE], b"--XX--").await.expect(400);
    }
}

#[tokio::test]
async fn operators_learn_whether_files_could_be_stored() {
    let scene = Scene::open().await;
    let ask = async |path: &str| Client::connect(scene.admin).await.request("GET", path, &[], b"").await;
    ask("/_health").await.expect(204);
    ask("/_ready").await.expect(204);
    assert!(ask("/metrics").await.expect(200).text().contains("longshore_uploads_in_flight 0"));
    ask("/api/upload/files").await.error(404, "NotFoundError", "Not Found");
    scene.shelf.behave(Mood { fails: Some(refusal()), ..Mood::default() });
    let unready = async {
        loop {
            let answer = ask("/_ready").await;
            if answer.status != 204 {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let answer = tokio::time::timeout(super::scene::LONG, unready).await.unwrap();
    assert!(answer.header("retry-after").is_some());
    answer.error(503, "ServiceUnavailableError", "Not ready");
}

#[tokio::test]
async fn the_api_is_described() {
    let scene = Scene::open().await;
    scene.get("/api/openapi.json").await.expect(200);
    scene.get("/documentation").await.expect(404);
    let shown = Scene::with(|setting| setting.http.docs = true).await;
    shown.get("/documentation").await.expect(200);
}
