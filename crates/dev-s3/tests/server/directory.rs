//! Buckets on disk.

use std::fs;
use std::path::Path;
use std::time::Duration;

use longshore_dev_s3::{Acl, DevS3, Server, StartError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Call, Client, get, path, put};

async fn start(directory: &Path) -> (Server, Client) {
    let server = DevS3::builder().bucket("media").directory(directory).start().await.unwrap();
    let client = Client::of(&server);
    (server, client)
}

/// All files with bytes of objects and of uploads under way.
fn data_files(directory: &Path) -> usize {
    let count = |path: &str| fs::read_dir(directory.join(path)).unwrap().count();
    count("media/data") + count(".incoming")
}

#[tokio::test]
async fn objects_outlive_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let (server, client) = start(directory.path()).await;
    for key in ["a b", "../ä", "A", "a"] {
        let call = put(&path("media", key), key).header("content-type", "text/x").header("x-amz-acl", "public-read");
        assert_eq!(client.send(call).await.status, 200);
    }
    client.send(put("/media/a", "").query("acl", "").header("x-amz-acl", "private")).await;
    client.send(put("/media/copy", "").header("x-amz-copy-source", "media/a%20b")).await;
    client.send(Call::new("DELETE", "/media/a%20b")).await;
    server.stop().await;

    let (server, client) = start(directory.path()).await;
    assert_eq!(server.keys("media"), ["../ä", "A", "a", "copy"]);
    assert_eq!(client.send(get(&path("media", "../ä")).anonymous()).await.text(), "../ä");
    assert_eq!(client.send(get("/media/copy")).await.text(), "a b");
    let object = server.object("media", "a").unwrap();
    assert_eq!((object.acl(), object.content_type()), (Acl::Private, Some("text/x")));
}

#[tokio::test]
async fn multipart_object_outlives_the_server_and_open_uploads_do_not() {
    let directory = tempfile::tempdir().unwrap();
    let (server, client) = start(directory.path()).await;
    for key in ["/media/done", "/media/open"] {
        let answer = client.send(Call::new("POST", key).query("uploads", "")).await;
        let id = answer.element("UploadId").unwrap();
        let answer = client.send(put(key, "part").query("uploadId", id).query("partNumber", "1")).await;
        let etag = answer.header("etag").unwrap();
        let body = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>\
             </CompleteMultipartUpload>"
        );
        if key == "/media/done" {
            assert_eq!(client.send(Call::new("POST", key).query("uploadId", id).body(body)).await.status, 200);
        }
    }
    assert_eq!(data_files(directory.path()), 2);
    server.stop().await;

    let (server, client) = start(directory.path()).await;
    assert_eq!(client.send(get("/media/done")).await.text(), "part");
    assert!(server.open_uploads("media").is_empty());
    assert_eq!(data_files(directory.path()), 1);
}

#[tokio::test]
async fn replaced_and_deleted_bytes_leave_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let (_server, client) = start(directory.path()).await;
    for body in ["one", "two", "three"] {
        client.send(put("/media/a", body)).await;
        assert_eq!(data_files(directory.path()), 1);
    }
    client.send(Call::new("DELETE", "/media/a")).await;
    assert_eq!(data_files(directory.path()), 0);
}

#[tokio::test]
async fn refused_body_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (server, client) = start(directory.path()).await;
    let answer = client.send(put("/media/a", "content").header("x-amz-checksum-crc32", "AAAAAA==")).await;
    assert_eq!(answer.outcome(), (400, "BadDigest"));
    assert!(server.keys("media").is_empty());
    assert_eq!(data_files(directory.path()), 0);
}

#[tokio::test]
async fn upload_whose_connection_breaks_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (server, client) = start(directory.path()).await;
    let call =
        put("/media/a", "").header("content-length", "10000000").header("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let mut stream = client.open(&call).await.unwrap();
    stream.write_all(&vec![b'x'; 4 << 20]).await.unwrap();
    until(|| data_files(directory.path()) == 1).await;
    drop(stream);
    until(|| data_files(directory.path()) == 0).await;
    assert!(server.keys("media").is_empty());
}

#[tokio::test]
async fn reader_gets_the_bytes_that_it_began_with() {
    let directory = tempfile::tempdir().unwrap();
    let (_server, client) = start(directory.path()).await;
    let size = 32 << 20;
    client.send(put("/media/a", vec![b'1'; size])).await;
    let mut stream = client.open(&get("/media/a")).await.unwrap();
    let mut bytes = vec![0; 1000];
    stream.read_exact(&mut bytes).await.unwrap();
    client.send(put("/media/a", "new")).await;
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    assert_eq!(bytes.len() - end - 4, size);
    assert!(bytes[end + 4..].iter().all(|byte| *byte == b'1'));
    assert_eq!(client.send(get("/media/a")).await.text(), "new");
}

#[tokio::test]
async fn large_range_is_read_from_disk() {
    let directory = tempfile::tempdir().unwrap();
    let (_server, client) = start(directory.path()).await;
    let body: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_be_bytes).collect();
    client.send(put("/media/a", body.clone())).await;
    let answer = client.send(get("/media/a").header("range", "bytes=1000001-9999999")).await;
    assert_eq!(answer.status, 206);
    assert!(answer.body == body[1_000_001..10_000_000], "the bytes of the range");
}

#[tokio::test]
async fn directory_belongs_to_one_server() {
    let directory = tempfile::tempdir().unwrap();
    let (server, _client) = start(directory.path()).await;
    let second = DevS3::builder().directory(directory.path()).start().await;
    assert!(matches!(second, Err(StartError::Directory { .. })));
    server.stop().await;
    start(directory.path()).await;
}

async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(crate::support::PATIENCE, waiting).await.unwrap();
}
