//! Clients that are slow or silent, or that do not read responses.

use std::time::Duration;

use longshore_plugin_host::config::longshore::Action;

use super::{
    client::Client,
    server::{CONTENT_TYPE, Form, LONG, TestServer},
};
use crate::Drain;

const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_connection_that_says_nothing_or_only_a_little_is_closed() {
    let server = TestServer::with(|setting| setting.http.header_timeout = SHORT).await;
    for said in ["", "GET /_health HTTP/1.1\r\nHost: x\r\nX-Slow:"] {
        let mut client = server.connect().await;
        client.send(said.as_bytes()).await;
        assert_eq!(client.closed().await, b"", "{said}");
    }
}

#[tokio::test]
async fn a_connection_may_be_idle_for_longer_than_a_head_may_take() {
    let server = TestServer::with(|setting| setting.http.header_timeout = SHORT).await;
    let mut client = server.connect().await;
    client.request("GET", "/_health", &[], b"").await.expect(204);
    tokio::time::sleep(3 * SHORT).await;
    client.request("GET", "/_health", &[], b"").await.expect(204);
    let server = TestServer::with(|setting| setting.http.idle_timeout = SHORT).await;
    let mut client = server.connect().await;
    client.request("GET", "/_health", &[], b"").await.expect(204);
    assert_eq!(client.closed().await, b"");
}

#[tokio::test]
async fn a_body_that_stops_or_trickles_is_a_request_timeout() {
    let server = TestServer::with(|setting| setting.http.body_timeout = SHORT).await;
    let form = Form::new().file("a.txt", "x".repeat(2_000_000)).bytes();
    for sent in [0, 50, 500, 300_000] {
        let mut client = server.connect().await;
        client.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
        client.send(&form[..sent]).await;
        let answer = client.answer().await.expect("an answer");
        answer.error(408, "RequestTimeoutError", "Request Timeout");
        server.nothing_is_left().await;
    }
    let mut client = server.connect().await;
    client.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
    let mut trickle = form.iter();
    while client.is_silent() {
        client.send(&[*trickle.next().expect("an answer comes before the end")]).await;
        tokio::time::sleep(SHORT / 20).await;
    }
    client.answer().await.unwrap().error(408, "RequestTimeoutError", "Request Timeout");
    server.nothing_is_left().await;
}

#[tokio::test]
async fn a_body_that_makes_too_little_progress_on_average_is_a_request_timeout() {
    let server = TestServer::with(|setting| {
        setting.http.body_timeout = 5 * SHORT;
        setting.http.lowest_rate = 1 << 20;
    })
    .await;
    let form = Form::new().file("a.txt", "x".repeat(2_000_000)).bytes();
    let mut client = server.connect().await;
    client.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
    // More than a KiB arrives within each timeout, so that only the average rate is too low.
    let mut pieces = form.chunks(2000);
    while client.is_silent() {
        client.send(pieces.next().expect("a response comes before the end")).await;
        tokio::time::sleep(SHORT / 4).await;
    }
    client.answer().await.unwrap().error(408, "RequestTimeoutError", "Request Timeout");
    server.nothing_is_left().await;
}

#[tokio::test]
async fn a_body_that_makes_progress_may_take_as_long_as_it_needs() {
    let server = TestServer::with(|setting| setting.http.body_timeout = 5 * SHORT).await;
    let form = Form::new().file("a.txt", "x".repeat(20_000)).bytes();
    let mut client = server.connect().await;
    client.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
    for piece in form.chunks(2000) {
        client.send(piece).await;
        tokio::time::sleep(SHORT).await;
    }
    client.answer().await.unwrap().expect(201);
}

#[tokio::test]
async fn a_provider_that_is_slow_does_not_make_the_client_slow() {
    let server = TestServer::with(|setting| setting.http.body_timeout = SHORT).await;
    server.provider.behave(super::provider::FakeBehavior { lingers: 5 * SHORT, ..Default::default() });
    server.post("", &Form::new().file("a.txt", "x".repeat(2_000_000))).await.expect(201);
}

#[tokio::test]
async fn an_early_answer_reaches_a_client_that_sends_everything_first() {
    let server = TestServer::with(|setting| setting.http.public.clear()).await;
    let form = Form::new().file("a.txt", "x".repeat(20_000_000)).bytes();
    let mut client = server.connect().await;
    for _ in 0..2 {
        // The same connection still works, because the server has read the refused body to its end.
        let answer = client.request("POST", "/api/upload", &[CONTENT_TYPE], &form).await;
        answer.error(403, "ForbiddenError", "Forbidden");
    }
    let server = TestServer::open().await;
    let answer = server.request("POST", "/api/upload", &[CONTENT_TYPE], &form).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn no_more_than_a_bounded_rest_is_read() {
    let drain = Drain { bytes: 1_000_000, time: super::server::LONG };
    let server = TestServer::with(|setting| {
        setting.http.public.clear();
        setting.http.drain = drain;
    })
    .await;
    let mut client = server.connect().await;
    client.head("POST", "/api/upload", &[CONTENT_TYPE], 1_000_000_000).await;
    client.answer().await.unwrap().error(403, "ForbiddenError", "Forbidden");
    let piece = vec![b'x'; 100_000];
    let mut sent = 0;
    while sent < 1_000_000_000 && client.send(&piece).await {
        sent += piece.len();
    }
    // Bytes in socket buffers count as sent.
    assert!(sent < 100_000_000, "{sent}");
    let server = TestServer::with(|setting| {
        setting.http.public.clear();
        setting.http.drain = Drain { bytes: u64::MAX, time: SHORT };
    })
    .await;
    let mut client = server.connect().await;
    client.head("POST", "/api/upload", &[CONTENT_TYPE], 1_000_000_000).await;
    client.answer().await.unwrap().error(403, "ForbiddenError", "Forbidden");
    assert_eq!(client.closed().await, b"");
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_is_asked_only_for_what_is_wanted() {
    let form = Form::new().file("a.txt", "x").bytes();
    let expect = [CONTENT_TYPE, ("Expect", "100-continue")];
    let server = TestServer::open().await;
    let mut client = server.connect().await;
    client.head("POST", "/api/upload", &expect, form.len()).await;
    client.answer().await.unwrap().expect(100);
    client.send(&form).await;
    client.answer().await.unwrap().expect(201);

    let server = TestServer::with(|setting| setting.http.public.clear()).await;
    let mut client = server.connect().await;
    client.head("POST", "/api/upload", &expect, form.len()).await;
    client.answer().await.unwrap().error(403, "ForbiddenError", "Forbidden");
    assert_eq!(client.closed().await, b"");
}

#[tokio::test]
async fn uploads_wait_for_a_slot_and_are_then_turned_away() {
    let server = TestServer::with(|setting| {
        setting.http.uploads = 1;
        setting.http.upload_wait = SHORT;
    })
    .await;
    let form = Form::new().file("a.txt", "x".repeat(2000)).bytes();
    let mut silent = server.connect().await;
    // No byte of the file has arrived yet: this upload has no slot.
    silent.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
    silent.send(&form[..10]).await;
    let mut first = server.connect().await;
    first.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
    first.send(&form[..1000]).await;
    let mut second = server.connect().await;
    let answer = loop {
        // Until the first upload gets the slot, this upload may get it.
        let answer = second.request("POST", "/api/upload", &[CONTENT_TYPE], &form).await;
        if answer.status != 201 {
            break answer;
        }
    };
    assert_eq!(answer.header("retry-after"), Some("5"));
    answer.error(503, "ServiceUnavailableError", "Too many uploads are in flight");
    // A request without a file needs no slot.
    server.get("/api/upload/files").await.expect(200);
    server.post("?id=99", &Form::new()).await.expect(404);
    first.send(&form[1000..]).await;
    first.answer().await.unwrap().expect(201);
    second.request("POST", "/api/upload", &[CONTENT_TYPE], &form).await.expect(201);
}

#[tokio::test]
async fn one_client_leaves_slots_to_others() {
    let server = TestServer::with(|setting| {
        setting.http.uploads = 4;
        setting.http.upload_wait = SHORT;
    })
    .await;
    let token = server.token(&[Action::Upload]).await;
    let form = Form::new().file("a.txt", "x".repeat(2000)).bytes();
    let mut slow = Vec::new();
    for _ in 0..4 {
        let mut client = server.connect().await;
        client.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
        client.send(&form[..1000]).await;
        slow.push(client);
    }
    // Two of the four uploads have slots, and the other two are refused.
    let refused = async {
        while slow.len() > 2 {
            slow.retain(Client::is_silent);
            tokio::time::sleep(SHORT / 20).await;
        }
    };
    tokio::time::timeout(LONG, refused).await.expect("two are turned away");
    let bearer = format!("Bearer {token}");
    let with_token = [CONTENT_TYPE, ("Authorization", bearer.as_str())];
    server.request("POST", "/api/upload", &with_token, &form).await.expect(201);
}

/// A form with an SVG of `bytes` bytes.
fn drawing(bytes: usize) -> Vec<u8> {
    let drawing = r#"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>"#;
    let head = "name=\"files\"; filename=\"a.svg\"\r\nContent-Type: image/svg+xml";
    Form::new().part(head, drawing.to_owned() + &" ".repeat(bytes - drawing.len())).bytes()
}

#[tokio::test]
async fn images_wait_for_memory_and_are_then_turned_away() {
    let server = TestServer::with(|setting| {
        setting.library.images.memory = 1 << 20;
        setting.library.memory_wait = Some(SHORT);
    })
    .await;
    let form = drawing(700_000);
    let mut first = server.connect().await;
    first.head("POST", "/api/upload", &[CONTENT_TYPE], form.len()).await;
    first.send(&form[..500_000]).await;
    let answer = loop {
        // Until the first upload has reserved its memory, this upload may succeed.
        let answer = server.request("POST", "/api/upload", &[CONTENT_TYPE], &form).await;
        if answer.status != 201 {
            break answer;
        }
    };
    assert_eq!(answer.header("retry-after"), Some("5"));
    answer.error(503, "ServiceUnavailableError", "Too many images are being uploaded");
    first.send(&form[500_000..]).await;
    first.answer().await.unwrap().expect(201);
    server.request("POST", "/api/upload", &[CONTENT_TYPE], &form).await.expect(201);
}

#[tokio::test]
async fn images_that_trickle_in_keep_no_small_one_waiting() {
    let server = TestServer::with(|setting| {
        setting.library.images.memory = 16 << 20;
        setting.library.memory_wait = Some(SHORT);
    })
    .await;
    let (large, small) = (drawing(7_000_000), drawing(700_000));
    let mut slow = Vec::new();
    for _ in 0..16 {
        let mut client = server.connect().await;
        client.head("POST", "/api/upload", &[CONTENT_TYPE], large.len()).await;
        client.send(&large[..300_000]).await;
        slow.push(client);
    }
    tokio::time::sleep(SHORT).await;
    server.request("POST", "/api/upload", &[CONTENT_TYPE], &small).await.expect(201);
    for client in &mut slow {
        assert!(client.is_silent(), "none was turned away");
    }
    slow[0].send(&large[300_000..]).await;
    slow[0].answer().await.unwrap().expect(201);
}

#[tokio::test]
async fn more_connections_than_the_limit_wait() {
    let server = TestServer::with(|setting| setting.http.connections = 1).await;
    let mut first = server.connect().await;
    first.request("GET", "/_health", &[], b"").await.expect(204);
    let mut second = server.connect().await;
    second.head("GET", "/_health", &[], 0).await;
    tokio::time::sleep(SHORT).await;
    assert!(second.is_silent());
    drop(first);
    second.answer().await.unwrap().expect(204);
}
