//! Objects put whole: what comes back is what was given.

use crate::support::{Call, Client, get, path, put, start};

const HELLO_MD5: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

#[tokio::test]
async fn the_headers_of_an_object_are_returned_with_it() {
    let (server, client) = start().await;
    let headers = [
        ("content-type", "image/png"),
        ("cache-control", "max-age=60"),
        ("content-disposition", "inline; filename=\"a.png\""),
        ("content-encoding", "gzip"),
        ("content-language", "de"),
        ("expires", "Wed, 21 Oct 2037 07:28:00 GMT"),
        ("x-amz-meta-colour", "deep blue"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-server-side-encryption", "AES256"),
    ];
    let call = headers.iter().fold(put("/media/a", "hello"), |call, (name, value)| call.header(name, value));
    let answer = client.send(call.header("x-amz-tagging", "a=1&b=2")).await;
    assert_eq!((answer.status, answer.header("etag")), (200, Some(HELLO_MD5)));
    for method in ["GET", "HEAD"] {
        let answer = client.send(Call::new(method, "/media/a")).await;
        assert_eq!(answer.status, 200);
        for (name, value) in headers {
            assert_eq!(answer.header(name), Some(value), "{method} {name}");
        }
        assert_eq!(answer.header("etag"), Some(HELLO_MD5));
        assert_eq!(answer.header("content-length"), Some("5"));
        assert!(answer.header("last-modified").is_some());
        assert_eq!(answer.text(), if method == "GET" { "hello" } else { "" });
    }
    assert_eq!(client.send(get("/media/a")).await.header("x-amz-tagging-count"), Some("2"));
    let object = server.object("media", "a").unwrap();
    assert_eq!((object.size(), object.content_type(), object.tagging()), (5, Some("image/png"), Some("a=1&b=2")));
    assert_eq!(object.metadata()["colour"], "deep blue");
}

#[tokio::test]
async fn every_key_is_stored_unchanged() {
    let (server, client) = start().await;
    let long = "k".repeat(1024);
    let keys = [
        "a b",
        "a+b",
        "a%20b",
        "%",
        "ä/日本/🦀",
        "a//b",
        "/a",
        "a/",
        "../../etc/passwd",
        "./a",
        "a?b#c&d=e;f",
        "'\"<>",
        "~*()!$,:@",
        "tab\tkey",
        "A",
        "a",
        ".",
        &long,
    ];
    for (index, key) in keys.iter().enumerate() {
        let answer = client.send(put(&path("media", key), index.to_string())).await;
        assert_eq!(answer.status, 200, "{key}");
    }
    for (index, key) in keys.iter().enumerate() {
        let answer = client.send(get(&path("media", key))).await;
        assert_eq!((answer.status, answer.text()), (200, index.to_string().as_str()), "{key}");
        assert_eq!(client.send(get(&path("media", key)).presigned(60)).await.status, 200, "{key}");
    }
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    assert_eq!(server.keys("media"), sorted);
    assert_eq!(client.send(put(&path("media", &"k".repeat(1025)), "")).await.outcome(), (400, "KeyTooLongError"));
}

#[tokio::test]
async fn bucket_can_be_named_by_the_host() {
    let (server, client) = start().await;
    let port = client.address.rsplit_once(':').unwrap().1;
    let host = format!("media.localhost:{port}");
    let call = put("/a%20b", "hello").header("host", &host);
    assert_eq!(client.send(call).await.status, 200);
    assert_eq!(server.keys("media"), ["a b"]);
    assert_eq!(client.send(get("/a%20b").header("host", &host).presigned(60)).await.text(), "hello");
    let endpoint = format!("localhost:{port}");
    assert_eq!(client.send(get("/media/a%20b").header("host", &endpoint)).await.text(), "hello");
}

#[tokio::test]
async fn range_gives_a_part() {
    let (_server, client) = start().await;
    client.send(put("/media/a", "0123456789")).await;
    let cases = [
        ("bytes=0-3", 206, "0123", "bytes 0-3/10"),
        ("bytes=4-", 206, "456789", "bytes 4-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=-30", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=8-100", 206, "89", "bytes 8-9/10"),
    ];
    for (range, status, body, content_range) in cases {
        let answer = client.send(get("/media/a").header("range", range)).await;
        assert_eq!((answer.status, answer.text()), (status, body), "{range}");
        assert_eq!(answer.header("content-range"), Some(content_range), "{range}");
        let head = client.send(Call::new("HEAD", "/media/a").header("range", range)).await;
        assert_eq!((head.status, head.header("content-range")), (206, Some(content_range)), "{range}");
    }
    for range in ["bytes=10-", "bytes=-0"] {
        let answer = client.send(get("/media/a").header("range", range)).await;
        assert_eq!(answer.outcome(), (416, "InvalidRange"), "{range}");
        assert_eq!(answer.header("content-range"), Some("bytes */10"), "{range}");
    }
}

#[tokio::test]
async fn conditional_reads_answer_304_and_412() {
    let (_server, client) = start().await;
    client.send(put("/media/a", "hello")).await;
    let modified = client.send(get("/media/a")).await.header("last-modified").unwrap().to_owned();
    let old = "Wed, 21 Oct 2015 07:28:00 GMT";
    let other = "\"other\"";
    let cases = [
        ("if-none-match", HELLO_MD5, 304),
        ("if-none-match", "*", 304),
        ("if-none-match", other, 200),
        ("if-modified-since", modified.as_str(), 304),
        ("if-modified-since", old, 200),
        ("if-match", HELLO_MD5, 200),
        ("if-match", other, 412),
        ("if-unmodified-since", modified.as_str(), 200),
        ("if-unmodified-since", old, 412),
    ];
    for method in ["GET", "HEAD"] {
        for (name, value, status) in cases {
            let answer = client.send(Call::new(method, "/media/a").header(name, value)).await;
            assert_eq!(answer.status, status, "{method} {name}: {value}");
            if status == 304 {
                assert_eq!((answer.header("etag"), answer.text()), (Some(HELLO_MD5), ""), "{method} {name}");
            }
        }
    }
}

#[tokio::test]
async fn conditional_writes_answer_412() {
    let (server, client) = start().await;
    let call = |body: &str, name: &str, value: &str| put("/media/a", body).header(name, value);
    assert_eq!(client.send(call("hello", "if-match", HELLO_MD5)).await.outcome(), (404, "NoSuchKey"));
    assert_eq!(client.send(call("hello", "if-none-match", "*")).await.status, 200);
    assert_eq!(client.send(call("other", "if-none-match", "*")).await.outcome(), (412, "PreconditionFailed"));
    assert_eq!(client.send(call("other", "if-match", "\"other\"")).await.outcome(), (412, "PreconditionFailed"));
    assert_eq!(server.object("media", "a").unwrap().bytes().unwrap(), "hello");
    assert_eq!(client.send(call("other", "if-match", HELLO_MD5)).await.status, 200);
    assert_eq!(server.object("media", "a").unwrap().bytes().unwrap(), "other");
    assert_eq!(client.send(call("x", "if-none-match", HELLO_MD5)).await.outcome(), (501, "NotImplemented"));
}

#[tokio::test]
async fn deleting_what_is_not_there_succeeds() {
    let (server, client) = start().await;
    client.send(put("/media/a", "hello")).await;
    for _ in 0..2 {
        assert_eq!(client.send(Call::new("DELETE", "/media/a")).await.status, 204);
    }
    assert!(server.keys("media").is_empty());
    assert_eq!(client.send(Call::new("DELETE", "/none/a")).await.outcome(), (404, "NoSuchBucket"));
}

#[tokio::test]
async fn many_are_deleted_at_once() {
    let (server, client) = start().await;
    for key in ["a", "b", "c"] {
        client.send(put(&path("media", key), "")).await;
    }
    let body = "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object><Object><Key>z</Key></Object>\
                </Delete>";
    let answer = client.send(Call::new("POST", "/media").query("delete", "").body(body)).await;
    assert_eq!((answer.status, answer.elements("Key")), (200, vec!["a", "b", "z"]));
    assert_eq!(server.keys("media"), ["c"]);
}

#[tokio::test]
async fn copy_has_the_content_and_headers_but_not_the_acl() {
    let (server, client) = start().await;
    let call = put("/media/a%20b", "hello").header("content-type", "text/x").header("x-amz-acl", "public-read");
    client.send(call).await;
    let answer = client.send(put("/media/copy", "").header("x-amz-copy-source", "/media/a%20b")).await;
    assert_eq!(answer.status, 200);
    let copy = server.object("media", "copy").unwrap();
    assert_eq!(copy.bytes().unwrap(), "hello");
    assert_eq!((copy.content_type(), copy.acl().as_str()), (Some("text/x"), "private"));
    let replaced = put("/media/copy", "")
        .header("x-amz-copy-source", "media/a%20b")
        .header("x-amz-metadata-directive", "REPLACE")
        .header("content-type", "text/y");
    assert_eq!(client.send(replaced).await.status, 200);
    assert_eq!(server.object("media", "copy").unwrap().content_type(), Some("text/y"));
}

#[tokio::test]
async fn tags_can_be_read_and_changed() {
    let (server, client) = start().await;
    client.send(put("/media/a", "").header("x-amz-tagging", "one=1&two=a%20b")).await;
    let answer = client.send(get("/media/a").query("tagging", "")).await;
    assert_eq!((answer.elements("Key"), answer.elements("Value")), (vec!["one", "two"], vec!["1", "a b"]));
    let body = "<Tagging><TagSet><Tag><Key>k</Key><Value>v w</Value></Tag></TagSet></Tagging>";
    assert_eq!(client.send(put("/media/a", body).query("tagging", "")).await.status, 200);
    assert_eq!(server.object("media", "a").unwrap().tagging(), Some("k=v%20w"));
    assert_eq!(client.send(Call::new("DELETE", "/media/a").query("tagging", "")).await.status, 204);
    assert_eq!(server.object("media", "a").unwrap().tagging(), None);
}

#[tokio::test]
async fn buckets_are_made_and_removed() {
    let (_server, client) = start().await;
    assert_eq!(client.send(put("/other", "")).await.status, 200);
    assert_eq!(client.send(put("/other", "")).await.outcome(), (409, "BucketAlreadyOwnedByYou"));
    assert_eq!(client.send(Call::new("HEAD", "/other")).await.header("x-amz-bucket-region"), Some("us-east-1"));
    client.send(put("/other/a", "")).await;
    assert_eq!(client.send(Call::new("DELETE", "/other")).await.outcome(), (409, "BucketNotEmpty"));
    client.send(Call::new("DELETE", "/other/a")).await;
    assert_eq!(client.send(Call::new("DELETE", "/other")).await.status, 204);
    assert_eq!(client.send(Call::new("HEAD", "/other")).await.status, 404);
    assert_eq!(client.send(put("/NOT_A_BUCKET", "")).await.outcome(), (400, "InvalidBucketName"));
}

#[tokio::test]
async fn unsupported_operations_return_not_implemented() {
    let (server, client) = start().await;
    assert_eq!(client.send(get("/media").query("policy", "")).await.outcome(), (501, "NotImplemented"));
    assert_eq!(server.journal()[0].operation, None);
}

#[tokio::test]
async fn stopped_server_takes_no_more_connections() {
    let (server, client) = start().await;
    assert_eq!(client.send(get("/")).await.status, 200);
    server.stop().await;
    assert!(client.try_send(get("/")).await.is_err());
}

#[tokio::test]
async fn two_servers_share_nothing() {
    let (one, client_of_one) = start().await;
    let (other, client_of_other) = start().await;
    assert_ne!(one.endpoint(), other.endpoint());
    client_of_one.send(put("/media/a", "")).await;
    assert_eq!(client_of_other.send(get("/media/a")).await.status, 404);
    let crossed = Client { address: client_of_other.address.clone(), ..client_of_one };
    assert_eq!(crossed.send(get("/")).await.status, 200, "the default credentials are the same everywhere");
}
