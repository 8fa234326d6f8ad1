//! Clients that disconnect.

use std::time::Duration;

use super::{
    provider::FakeBehavior,
    server::{CONTENT_TYPE, Form, TestServer},
};

#[tokio::test]
async fn a_client_that_goes_away_at_any_byte_leaves_nothing() {
    let server = TestServer::open().await;
    let form =
        Form::new().file("a.txt", "x".repeat(300)).field("fileInfo", "{}").file("b.txt", "y".repeat(300)).bytes();
    let large = Form::new().file("a.txt", "x".repeat(400_000)).file("b.txt", "y".repeat(400_000)).bytes();
    let offsets = (0..form.len()).step_by(7).map(|end| &form[..end]);
    let offsets = offsets.chain((0..large.len()).step_by(90_001).map(|end| &large[..end]));
    for sent in offsets {
        let mut client = server.connect().await;
        client.head("POST", "/api/upload", &[CONTENT_TYPE], 1_000_000).await;
        client.send(sent).await;
    }
    server.nothing_is_left_soon().await;
}

#[tokio::test]
async fn a_client_that_goes_away_before_the_answer_leaves_nothing() {
    let server = TestServer::with(|setting| setting.library.provider_stall = Duration::from_millis(200)).await;
    server.provider.behave(FakeBehavior { lingers: Duration::from_hours(1), ..FakeBehavior::default() });
    for size in [10, 400_000] {
        let form = Form::new().file("a.txt", "x".repeat(size)).bytes();
        let mut client = server.connect().await;
        client.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
        client.send(&form).await;
        server.changes_have_begun().await;
        drop(client);
        server.nothing_is_left_soon().await;
    }
}

#[tokio::test]
async fn a_replacement_that_breaks_off_leaves_the_file_as_it_was() {
    let server = TestServer::open().await;
    server.post("", &Form::new().file("a.txt", "old")).await.expect(201);
    let form = Form::new().file("b.txt", "x".repeat(800_000)).bytes();
    for sent in [100, 50_000, 200_000, 700_000] {
        let mut client = server.connect().await;
        client.head("POST", "/api/upload?id=1", &[CONTENT_TYPE], form.len()).await;
        client.send(&form[..sent]).await;
    }
    server.settled_soon().await;
    assert_eq!(server.provider.only(), "old");
    assert_eq!(server.get("/api/upload/files/1").await.expect(200).json()["name"], "a.txt");
}
