//! Stopping the server.

use std::time::Duration;

use super::{
    scene::{CONTENT_TYPE, Form, LONG, Scene},
    shelf::Mood,
};

#[tokio::test]
async fn what_is_in_flight_ends_before_the_server_does() {
    let mut scene = Scene::open().await;
    let form = Form::new().file("a.txt", "x".repeat(200_000)).bytes();
    let mut busy = scene.connect().await;
    busy.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
    busy.send(&form[..1000]).await;
    let mut idle = scene.connect().await;
    idle.request("GET", "/_health", &[], b"").await.expect(204);
    scene.uploads_have_begun(1).await;
    scene.stop();
    assert_eq!(idle.closed().await, b"");
    busy.send(&form[1000..]).await;
    let answer = busy.answer().await.unwrap().expect(201);
    assert_eq!(answer.header("connection"), Some("close"));
    scene.stopped().await;
    assert!(scene.library.shutdown(LONG).await);
    assert_eq!(scene.shelf.keys().len(), 1);
}

#[tokio::test]
async fn what_does_not_end_in_time_is_undone() {
    let mut scene = Scene::with(|setting| {
        setting.http.shutdown_timeout = Duration::from_millis(100);
        setting.library.provider_stall = Duration::from_millis(200);
    })
    .await;
    scene.shelf.behave(Mood { lingers: Duration::from_hours(1), ..Mood::default() });
    let form = Form::new().file("a.txt", "x".repeat(400_000)).bytes();
    let mut client = scene.connect().await;
    client.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
    client.send(&form).await;
    scene.changes_have_begun().await;
    scene.stop();
    scene.stopped().await;
    assert_eq!(client.closed().await, b"");
    assert!(scene.library.shutdown(LONG).await);
    assert_eq!(scene.shelf.keys(), Vec::<String>::new());
}

#[tokio::test]
async fn a_library_that_is_shut_down_turns_uploads_away() {
    let scene = Scene::open().await;
    assert!(scene.library.shutdown(LONG).await);
    let answer = scene.post("", &Form::new().file("a.txt", "x")).await;
    assert_eq!(answer.header("retry-after"), Some("5"));
    answer.error(503, "ServiceUnavailableError", "The server is stopping");
}
