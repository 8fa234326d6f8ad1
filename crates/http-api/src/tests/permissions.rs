//! Tokens and anonymous permissions.

use longshore_plugin_host::config::longshore::Action;
use serde_json::json;

use super::{
    client::Answer,
    server::{CONTENT_TYPE, Form, TestServer},
};

fn unauthorized(answer: Answer) {
    assert_eq!(answer.error(401, "UnauthorizedError", "Missing or invalid credentials"), json!({}));
}

fn forbidden(answer: Answer) {
    assert_eq!(answer.error(403, "ForbiddenError", "Forbidden"), json!({}));
}

#[tokio::test]
async fn everybody_may_do_what_is_public_and_nothing_else() {
    let server = TestServer::with(|setting| setting.http.public = [Action::FindOne].into()).await;
    forbidden(server.get("/api/upload/files").await);
    forbidden(server.get("/api/upload/files/page").await);
    forbidden(server.delete("/api/upload/files/1").await);
    forbidden(server.post("", &Form::new().file("a.txt", "x")).await);
    forbidden(server.post("?id=1", &Form::new().field("fileInfo", "{}")).await);
    server.get("/api/upload/files/1").await.expect(404);
    server.get("/_health").await.expect(204);
    server.nothing_is_left().await;
}

#[tokio::test]
async fn a_token_may_do_what_it_allows() {
    let server = TestServer::with(|setting| setting.http.public = [Action::FindOne].into()).await;
    let token = format!("Bearer {}", server.token(&[Action::Upload, Action::Find]).await);
    let with_token = [("Authorization", token.as_str())];
    let form = Form::new().file("a.txt", "x").bytes();
    server.request("POST", "/api/upload", &[CONTENT_TYPE, with_token[0]], &form).await.expect(201);
    server.request("GET", "/api/upload/files", &with_token, b"").await.expect(200);
    forbidden(server.request("GET", "/api/upload/files/page", &with_token, b"").await);
    forbidden(server.request("DELETE", "/api/upload/files/1", &with_token, b"").await);
    // If a token is sent, the anonymous permissions do not count. Strapi does the same.
    forbidden(server.request("GET", "/api/upload/files/1", &with_token, b"").await);
    server.get("/api/upload/files/1").await.expect(200);
}

#[tokio::test]
async fn a_token_that_is_not_valid_is_refused_everywhere_but_where_there_is_nothing() {
    let server = TestServer::open().await;
    for header in ["Bearer x", "bearer lst_x"] {
        let headers = [("Authorization", header)];
        unauthorized(server.request("GET", "/api/upload/files", &headers, b"").await);
        unauthorized(server.request("DELETE", "/api/upload/files/1", &headers, b"").await);
        server.request("GET", "/nope", &headers, b"").await.error(404, "NotFoundError", "Not Found");
    }
    // Other schemes and malformed headers are ignored.
    for header in ["Basic x", "Bearer", "Bearer x y", "x"] {
        server.request("GET", "/api/upload/files", &[("Authorization", header)], b"").await.expect(200);
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_soon() {
    let server = TestServer::open().await;
    let token = server.token(&[Action::Find]).await;
    let header = format!("Bearer {token}");
    let ask = async || server.request("GET", "/api/upload/files", &[("Authorization", header.as_str())], b"").await;
    ask().await.expect(200);
    assert!(server.library.store().revoke_token(1).await.unwrap());
    let refused = async {
        while ask().await.status == 200 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(super::server::LONG, refused).await.unwrap();
    unauthorized(ask().await);
}

#[tokio::test]
async fn the_use_of_a_token_is_noted() {
    let server = TestServer::open().await;
    let header = format!("Bearer {}", server.token(&[Action::Find]).await);
    server.request("GET", "/api/upload/files", &[("Authorization", &header)], b"").await.expect(200);
    let noted = async {
        while server.library.store().tokens().await.unwrap()[0].last_used_at.is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(super::server::LONG, noted).await.unwrap();
}

#[tokio::test]
async fn an_upload_that_may_not_be_is_refused_before_its_body() {
    let server = TestServer::with(|setting| setting.http.public.clear()).await;
    let mut client = server.connect().await;
    client.head("POST", "/api/upload", &[CONTENT_TYPE], 1_000_000_000).await;
    forbidden(client.answer().await.unwrap());
}
