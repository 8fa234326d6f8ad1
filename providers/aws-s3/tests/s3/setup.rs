//! A server, a provider for it, and what tests look at.

use std::{future::Future, time::Duration};

use longshore_aws_s3::AwsS3;
use longshore_dev_s3::{DevS3, Operation, Server};
use longshore_provider::{
    Body, Bytes, Error, File, InitContext, Provider, Result,
    futures::stream,
    serde_json::{self, Value, json},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) const MIB: usize = 1024 * 1024;

/// A server with the bucket `media`, and `locked` without ACLs.
pub(crate) async fn server() -> Server {
    DevS3::builder().bucket("media").owner_enforced_bucket("locked").start().await.unwrap()
}

/// Options that reach `server`, with `changes` laid over them, tables into tables.
pub(crate) fn options(server: &Server, changes: Value) -> Value {
    let mut options = json!({
        "s3Options": {
            "region": server.region(),
            "endpoint": server.endpoint(),
            "forcePathStyle": true,
            "credentials": {
                "accessKeyId": server.access_key_id(),
                "secretAccessKey": server.secret_access_key(),
            },
            "params": { "Bucket": "media", "ACL": "public-read" },
        },
        "providerConfig": { "multipart": { "partSize": 5 * MIB } },
    });
    lay_over(&mut options, changes);
    options
}

pub(crate) async fn provider_with(server: &Server, changes: Value) -> AwsS3 {
    init(options(server, changes)).await.unwrap()
}

pub(crate) async fn provider(server: &Server) -> AwsS3 {
    provider_with(server, json!({})).await
}

pub(crate) async fn init(options: Value) -> Result<AwsS3> {
    let options = serde_json::from_value(options).expect("options of the right form");
    AwsS3::init(options, InitContext::new("aws-s3", ".")).await
}

fn lay_over(base: &mut Value, changes: Value) {
    match (base, changes) {
        (Value::Object(base), Value::Object(changes)) => {
            for (name, change) in changes {
                lay_over(base.entry(name).or_insert(Value::Null), change);
            }
        }
        (base, change) => *base = change,
    }
}

/// A file at a key, as `object put` of the CLI makes one.
pub(crate) fn at(key: &str) -> File {
    let mut file = File::at(key);
    file.mime = "text/plain".into();
    file
}

/// Bytes that differ from place to place.
pub(crate) fn content(length: usize) -> Bytes {
    let lines = (0_u64..).flat_map(|line| line.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    lines.take(length).collect::<Vec<_>>().into()
}

/// `bytes` in chunks, as a file is read.
pub(crate) fn chunked(bytes: &Bytes, size: Option<u64>) -> Body {
    let chunks: Vec<Result<Bytes>> = bytes.chunks(256 * 1024).map(|chunk| Ok(bytes.slice_ref(chunk))).collect();
    Body::from_stream(stream::iter(chunks), size)
}

/// `bytes` in chunks, and then `end`.
pub(crate) fn breaking(bytes: &Bytes, end: Error) -> Body {
    let mut chunks: Vec<Result<Bytes>> = bytes.chunks(256 * 1024).map(|chunk| Ok(bytes.slice_ref(chunk))).collect();
    chunks.push(Err(end));
    Body::from_stream(stream::iter(chunks), None)
}

/// Waits until `condition` holds: clean-ups run beside the call.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    for _ in 0..1000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not happen");
}

/// Nothing in the bucket: no object, no unfinished upload.
pub(crate) async fn empty(server: &Server) {
    until("cleaning up", || async { server.open_uploads("media").is_empty() }).await;
    assert!(server.keys("media").is_empty(), "{:?}", server.keys("media"));
}

pub(crate) fn count(server: &Server, operation: Operation) -> usize {
    server.journal().iter().filter(|request| request.operation == Some(operation)).count()
}

/// Status and body of a `GET`, by a client that knows nothing of S3.
pub(crate) async fn get(url: &str) -> (u16, Vec<u8>) {
    let rest = url.strip_prefix("http://").expect("a URL of the server");
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer");
    let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
    (status, answer[end + 4..].to_vec())
}

/// The address of a server that gives every request the same response, and is no S3 service.
pub(crate) async fn constant(response: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                    if stream.read_buf(&mut request).await.unwrap_or_default() == 0 {
                        return;
                    }
                }
                let _ = stream.write_all(response.as_bytes()).await;
                let _ = stream.shutdown().await;
                // A reset would overtake the response.
                let _ = stream.read_to_end(&mut request).await;
            });
        }
    });
    format!("http://{address}")
}
