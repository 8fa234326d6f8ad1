//! What can be made to go wrong.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use longshore_dev_s3::{Fault, Operation};
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use crate::support::{Call, get, put, start};

/// Long enough to see that nothing comes.
const SILENCE: Duration = Duration::from_millis(300);

#[tokio::test]
async fn error_happens_so_often_and_then_no_more() {
    let (server, client) = start().await;
    server.faults().inject(Fault::slow_down().on(Operation::PutObject).times(2));
    for _ in 0..2 {
        let answer = client.send(put("/media/a", vec![b'x'; 1 << 20])).await;
        assert_eq!(answer.outcome(), (503, "SlowDown"));
    }
    assert!(server.keys("media").is_empty());
    assert_eq!(client.send(put("/media/a", "x")).await.status, 200);
    assert!(!server.faults().is_pending());
}

#[tokio::test]
async fn errors_are_those_of_s3() {
    let (server, client) = start().await;
    let cases = [
        (Fault::internal_error(), (500, "InternalError")),
        (Fault::access_denied(), (403, "AccessDenied")),
        (Fault::error(507, "Full", "no room"), (507, "Full")),
    ];
    for (fault, outcome) in cases {
        server.faults().inject(fault);
        assert_eq!(client.send(get("/")).await.outcome(), outcome);
        server.faults().clear();
        assert_eq!(client.send(get("/")).await.status, 200);
    }
}

#[tokio::test]
async fn an_error_can_follow_a_status_of_success() {
    let (server, client) = start().await;
    server.faults().inject(Fault::error(200, "InternalError", "too late for a status"));
    let answer = client.send(Call::new("POST", "/media/a").query("uploadId", "1")).await;
    assert_eq!((answer.status, answer.element("Code")), (200, Some("InternalError")));
}

#[tokio::test]
async fn fault_can_be_for_one_key() {
    let (server, client) = start().await;
    server.faults().inject(Fault::internal_error().key("dir/a b"));
    assert_eq!(client.send(put("/media/dir/a%20b", "")).await.status, 500);
    assert_eq!(client.send(put("/media/dir/a", "")).await.status, 200);
}

#[tokio::test]
async fn delayed_answer_comes_late() {
    let (server, client) = start().await;
    server.faults().inject(Fault::delay(SILENCE).times(1));
    let begun = Instant::now();
    assert_eq!(client.send(get("/")).await.status, 200);
    assert!(begun.elapsed() >= SILENCE);
}

#[tokio::test]
async fn hanging_request_is_read_and_not_answered() {
    let (server, client) = start().await;
    server.faults().inject(Fault::hang().on(Operation::PutObject));
    let call = put("/media/a", vec![b'x'; 8 << 20]);
    assert!(timeout(SILENCE, client.send(call)).await.is_err());
    assert_eq!(client.send(get("/")).await.status, 200, "other requests are served meanwhile");
    assert!(server.keys("media").is_empty());
    server.stop().await;
}

#[tokio::test]
async fn withheld_answer_is_to_a_request_that_was_carried_out() {
    let (server, client) = start().await;
    server.faults().inject(Fault::withhold_answer().on(Operation::PutObject));
    assert!(timeout(SILENCE, client.send(put("/media/a", "x"))).await.is_err());
    assert_eq!(server.object("media", "a").unwrap().bytes().unwrap(), "x");
    server.stop().await;
}

#[tokio::test]
async fn bad_gateway_is_no_answer_of_s3() {
    let (server, client) = start().await;
    server.faults().inject(Fault::bad_gateway());
    let answer = client.send(put("/media/a", "x")).await;
    assert_eq!((answer.status, answer.element("Code")), (502, None));
    assert!(server.keys("media").is_empty());
}

#[tokio::test]
async fn stalled_request_is_not_even_read() {
    let (server, client) = start().await;
    server.faults().inject(Fault::stall_request());
    assert!(timeout(SILENCE, client.send(put("/media/a", vec![b'x'; 64 << 20]))).await.is_err());
    assert_eq!(server.journal()[0].received, 0);
}

#[tokio::test]
async fn stalled_body_stops_in_the_middle() {
    let (server, client) = start().await;
    client.send(put("/media/a", vec![b'x'; 1 << 20])).await;
    server.faults().inject(Fault::stall_body(1000).on(Operation::GetObject));
    let mut stream = client.open(&get("/media/a")).await.unwrap();
    let mut bytes = Vec::new();
    let end = timeout(SILENCE, stream.read_to_end(&mut bytes)).await;
    assert!(end.is_err(), "the connection stays open");
    assert_eq!(body_of(&bytes).len(), 1000);
}

#[tokio::test]
async fn cut_body_ends_in_the_middle() {
    let (server, client) = start().await;
    client.send(put("/media/a", vec![b'x'; 1 << 20])).await;
    for after in [0, 1, 1000, 700_000] {
        server.faults().inject(Fault::cut_body(after).on(Operation::GetObject).times(1));
        let answer = client.send(get("/media/a")).await;
        assert_eq!(answer.header("content-length"), Some("1048576"));
        assert_eq!(answer.body.len() as u64, after);
    }
    assert_eq!(client.send(get("/media/a")).await.body.len(), 1 << 20);
}

#[tokio::test]
async fn reset_connection_breaks_the_request() {
    let (server, client) = start().await;
    server.faults().inject(Fault::reset().on(Operation::PutObject).times(1));
    let error = client.try_send(put("/media/a", "x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(server.keys("media").is_empty());
    assert_eq!(client.send(put("/media/a", "x")).await.status, 200);
}

#[tokio::test]
async fn lost_answer_is_to_an_operation_that_was_carried_out() {
    let (server, client) = start().await;
    server.faults().inject(Fault::lose_answer().on(Operation::PutObject).times(1));
    let error = client.try_send(put("/media/a", "x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(server.keys("media"), ["a"]);
}

#[tokio::test]
async fn wrong_etag_is_answered_and_not_stored() {
    let (server, client) = start().await;
    server.faults().inject(Fault::wrong_etag());
    let answer = client.send(put("/media/a", "hello")).await;
    let stored = server.object("media", "a").unwrap().etag().to_owned();
    assert_eq!(stored, "5d41402abc4b2a76b9719d911017c592");
    let wrong = answer.header("etag").unwrap().to_owned();
    assert!(!wrong.contains(&stored));
    assert_eq!(client.send(get("/media/a")).await.header("etag"), Some(wrong.as_str()));
    assert_eq!(client.send(Call::new("HEAD", "/media/a")).await.header("etag"), Some(wrong.as_str()));

    server.faults().clear();
    let answer = client.send(Call::new("POST", "/media/b").query("uploads", "")).await;
    let id = answer.element("UploadId").unwrap();
    let answer = client.send(put("/media/b", "x").query("uploadId", id).query("partNumber", "1")).await;
    let etag = answer.header("etag").unwrap();
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    server.faults().inject(Fault::wrong_etag());
    let answer = client.send(Call::new("POST", "/media/b").query("uploadId", id).body(body)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.element("ETag").unwrap().replace("&quot;", "\""), wrong);
}

#[tokio::test]
async fn several_faults_strike_one_request() {
    let (server, client) = start().await;
    server.faults().inject(Fault::delay(SILENCE));
    server.faults().inject(Fault::slow_down());
    let begun = Instant::now();
    assert_eq!(client.send(get("/")).await.status, 503);
    assert!(begun.elapsed() >= SILENCE);
}

fn body_of(bytes: &[u8]) -> &[u8] {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    &bytes[end + 4..]
}
