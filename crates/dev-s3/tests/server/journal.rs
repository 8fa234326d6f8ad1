//! What tests can learn of the requests.

use std::sync::{Arc, Mutex};

use longshore_dev_s3::{DevS3, Fault, Operation, Request};
use tokio::io::AsyncWriteExt as _;

use crate::support::{Client, PATIENCE, get, put, start};

#[tokio::test]
async fn journal_has_every_request_in_order() {
    let (server, client) = start().await;
    client.send(put("/media/a%20b", "hello").header("x-amz-acl", "public-read")).await;
    client.send(get("/media/a%20b").query("response-content-type", "a/b").presigned(60)).await;
    client.send(get("/media/none").anonymous()).await;
    let journal = server.journal();
    let seen: Vec<_> = journal.iter().map(|request| (request.operation, request.status, request.is_signed())).collect();
    assert_eq!(
        seen,
        [
            (Some(Operation::PutObject), Some(200), true),
            (Some(Operation::GetObject), Some(200), true),
            (Some(Operation::GetObject), Some(403), false),
        ]
    );
    let put = &journal[0];
    assert_eq!((put.method.as_str(), put.path.as_str(), &put.query), ("PUT", "/media/a%20b", &None));
    assert_eq!((put.bucket.as_deref(), put.key.as_deref()), (Some("media"), Some("a b")));
    assert_eq!((put.header("x-amz-acl"), put.received), (Some("public-read"), 5));
    assert!(journal[1].query.as_deref().unwrap().contains("response-content-type=a%2Fb"));
    server.clear_journal();
    assert!(server.journal().is_empty());
}

#[tokio::test]
async fn journal_does_not_keep_secrets() {
    let server = DevS3::builder().session_credentials("id", "secret", "token-of-the-session").start().await.unwrap();
    let client = Client { token: Some("token-of-the-session".into()), ..Client::of(&server) };
    assert_eq!(client.send(get("/")).await.status, 200);
    let request = server.journal().remove(0);
    assert_eq!(request.header("authorization"), Some("Credential=id"));
    assert_eq!(request.header("x-amz-security-token"), Some("***"));
}

#[tokio::test]
async fn request_without_an_answer_has_no_status() {
    let (server, client) = start().await;
    server.faults().inject(Fault::reset());
    client.try_send(get("/")).await.unwrap_err();
    assert_eq!(server.journal()[0].status, None);
}

#[tokio::test]
async fn request_whose_client_has_gone_is_noted_too() {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let observer = move |request: &Request| sender.send(request.clone()).unwrap();
    let server = DevS3::builder().bucket("media").observer(observer).start().await.unwrap();
    let client = Client::of(&server);
    let call = put("/media/a", "").header("content-length", "1000").header("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let mut stream = client.open(&call).await.unwrap();
    stream.write_all(&[b'x'; 100]).await.unwrap();
    drop(stream);
    let request = tokio::time::timeout(PATIENCE, receiver.recv()).await.unwrap().unwrap();
    assert_eq!((request.operation, request.received), (Some(Operation::PutObject), 100));
    assert_ne!(request.status, Some(200));
    assert!(server.keys("media").is_empty());
}

#[tokio::test]
async fn id_of_the_answer_is_that_of_the_journal() {
    let (server, client) = start().await;
    let answer = client.send(get("/media/none")).await;
    let id = server.journal()[0].id.clone();
    assert_eq!(answer.header("x-amz-request-id"), Some(id.as_str()));
    assert_eq!(answer.element("RequestId"), Some(id.as_str()));
    assert_eq!(answer.element("Resource"), Some("/media/none"));
}

#[tokio::test]
async fn observer_sees_requests_as_they_are_answered() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let builder = DevS3::builder().observer(move |request| sink.lock().unwrap().push(request.status));
    let server = builder.start().await.unwrap();
    let client = Client::of(&server);
    client.send(get("/")).await;
    client.send(get("/none")).await;
    assert_eq!(*seen.lock().unwrap(), [Some(200), Some(404)]);
}
