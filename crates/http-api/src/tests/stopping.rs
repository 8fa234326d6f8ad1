//! Graceful shutdown.

use std::time::Duration;

use super::{
    client::Client,
    provider::FakeBehavior,
    server::{CONTENT_TYPE, Form, LONG, TestServer},
};

#[tokio::test]
async fn what_is_in_flight_ends_before_the_server_does() {
    let mut server = TestServer::open().await;
    let form = Form::new().file("a.txt", "x".repeat(200_000)).bytes();
    let mut busy = server.connect().await;
    busy.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
    busy.send(&form[..1000]).await;
    let mut idle = server.connect().await;
    idle.request("GET", "/_health", &[], b"").await.expect(204);
    server.uploads_have_begun(1).await;
    Client::connect(server.admin).await.request("GET", "/_ready", &[], b"").await.expect(204);
    server.stop();
    assert_eq!(idle.closed().await, b"");
    // The shutdown overrides the cached readiness result.
    let ready = Client::connect(server.admin).await.request("GET", "/_ready", &[], b"").await;
    ready.error(503, "ServiceUnavailableError", "The server is stopping");
    busy.send(&form[1000..]).await;
    let answer = busy.answer().await.unwrap().expect(201);
    assert_eq!(answer.header("connection"), Some("close"));
    server.stopped().await;
    assert!(server.library.shutdown(LONG).await);
    assert_eq!(server.provider.keys().len(), 1);
}

#[tokio::test]
async fn what_does_not_end_in_time_is_undone() {
    let mut server = TestServer::with(|setting| {
        setting.http.shutdown_timeout = Duration::from_millis(100);
        setting.library.provider_stall = Duration::from_millis(200);
    })
    .await;
    server.provider.behave(FakeBehavior { lingers: Duration::from_hours(1), ..FakeBehavior::default() });
    let form = Form::new().file("a.txt", "x".repeat(400_000)).bytes();
    let mut client = server.connect().await;
    client.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
    client.send(&form).await;
    server.changes_have_begun().await;
    server.stop();
    server.stopped().await;
    assert_eq!(client.closed().await, b"");
    assert!(server.library.shutdown(LONG).await);
    assert_eq!(server.provider.keys(), Vec::<String>::new());
}

#[tokio::test]
async fn a_library_that_is_shut_down_turns_uploads_away() {
    let server = TestServer::open().await;
    assert!(server.library.shutdown(LONG).await);
    let answer = server.post("", &Form::new().file("a.txt", "x")).await;
    assert_eq!(answer.header("retry-after"), Some("5"));
    answer.error(503, "ServiceUnavailableError", "The server is stopping");
}
