//! Who may do what.

use longshore_plugin_host::config::longshore::Action;
use serde_json::json;

use super::{
    client::Answer,
    scene::{CONTENT_TYPE, Form, Scene},
};

fn unauthorized(answer: Answer) {
    assert_eq!(answer.error(401, "UnauthorizedError", "Missing or invalid credentials"), json!({}));
}

fn forbidden(answer: Answer) {
    assert_eq!(answer.error(403, "ForbiddenError", "Forbidden"), json!({}));
}

#[tokio::test]
async fn everybody_may_do_what_is_public_and_nothing_else() {
    let scene = Scene::with(|setting| setting.http.public = [Action::FindOne].into()).await;
    forbidden(scene.get("/api/upload/files").await);
    forbidden(scene.get("/api/upload/files/page").await);
    forbidden(scene.delete("/api/upload/files/1").await);
    forbidden(scene.post("", &Form::new().file("a.txt", "x")).await);
    forbidden(scene.post("?id=1", &Form::new().field("fileInfo", "{}")).await);
    scene.get("/api/upload/files/1").await.expect(404);
    scene.get("/_health").await.expect(204);
    scene.nothing_is_left().await;
}

#[tokio::test]
async fn a_token_may_do_what_it_allows() {
    let scene = Scene::with(|setting| setting.http.public = [Action::FindOne].into()).await;
    let token = format!("Bearer {}", scene.token(&[Action::Upload, Action::Find]).await);
    let with_token = [("Authorization", token.as_str())];
    let form = Form::new().file("a.txt", "x").bytes();
    scene.request("POST", "/api/upload", &[CONTENT_TYPE, with_token[0]], &form).await.expect(201);
    scene.request("GET", "/api/upload/files", &with_token, b"").await.expect(200);
    forbidden(scene.request("GET", "/api/upload/files/page", &with_token, b"").await);
    forbidden(scene.request("DELETE", "/api/upload/files/1", &with_token, b"").await);
    // A token counts instead of what everybody may, as there.
    forbidden(scene.request("GET", "/api/upload/files/1", &with_token, b"").await);
    scene.get("/api/upload/files/1").await.expect(200);
}

#[tokio::test]
async fn a_token_that_is_not_valid_is_refused_everywhere_but_where_there_is_nothing() {
    let scene = Scene::open().await;
    for header in ["Bearer x", "bearer lst_x"] {
        let headers = [("Authorization", header)];
        unauthorized(scene.request("GET", "/api/upload/files", &headers, b"").await);
        unauthorized(scene.request("DELETE", "/api/upload/files/1", &headers, b"").await);
        scene.request("GET", "/nope", &headers, b"").await.error(404, "NotFoundError", "Not Found");
    }
    // What is no bearer token is no token.
    for header in ["Basic x", "Bearer", "Bearer x y", "x"] {
        scene.request("GET", "/api/upload/files", &[("Authorization", header)], b"").await.expect(200);
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_soon() {
    let scene = Scene::open().await;
    let token = scene.token(&[Action::Find]).await;
    let header = format!("Bearer {token}");
    let ask = async || scene.request("GET", "/api/upload/files", &[("Authorization", header.as_str())], b"").await;
    ask().await.expect(200);
    assert!(scene.library.store().revoke_token(1).await.unwrap());
    let refused = async {
        while ask().await.status == 200 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(super::scene::LONG, refused).await.unwrap();
    unauthorized(ask().await);
}

#[tokio::test]
async fn the_use_of_a_token_is_noted() {
    let scene = Scene::open().await;
    let header = format!("Bearer {}", scene.token(&[Action::Find]).await);
    scene.request("GET", "/api/upload/files", &[("Authorization", &header)], b"").await.expect(200);
    let noted = async {
        while scene.library.store().tokens().await.unwrap()[0].last_used_at.is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(super::scene::LONG, noted).await.unwrap();
}

#[tokio::test]
async fn an_upload_that_may_not_be_is_refused_before_its_body() {
    let scene = Scene::with(|setting| setting.http.public.clear()).await;
    let mut client = scene.connect().await;
    client.head("POST", "/api/upload", &[CONTENT_TYPE], 1_000_000_000).await;
    forbidden(client.answer().await.unwrap());
}
