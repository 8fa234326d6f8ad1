//! Content that is not what the client says it is, is not stored.

use crate::support::{Call, get, hex, put, start};

/// The input that the CRC catalogue gives check values for.
const BODY: &str = "123456789";
const CHECKSUMS: [(&str, &str); 5] = [
    ("x-amz-checksum-crc32", "y/Q5Jg=="),
    ("x-amz-checksum-crc32c", "4waSgw=="),
    ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
    ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
    ("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
];

/// The same length, another value.
fn wrong(value: &str) -> String {
    value.replacen(&value[..1], if value.starts_with('A') { "B" } else { "A" }, 1)
}

#[tokio::test]
async fn checksum_in_a_header_is_verified_and_comes_back() {
    let (server, client) = start().await;
    for (name, value) in CHECKSUMS {
        let answer = client.send(put("/media/a", BODY).header(name, value)).await;
        assert_eq!((answer.status, answer.header(name)), (200, Some(value)), "{name}");
        for method in ["GET", "HEAD"] {
            let answer = client.send(Call::new(method, "/media/a").header("x-amz-checksum-mode", "ENABLED")).await;
            assert_eq!(answer.header(name), Some(value), "{method} {name}");
            assert_eq!(answer.header("x-amz-checksum-type"), Some("FULL_OBJECT"));
        }
        assert_eq!(client.send(get("/media/a")).await.header(name), None, "only when asked for");
        assert_eq!(server.object("media", "a").unwrap().checksum(), Some((name, value)));

        let answer = client.send(put("/media/b", BODY).header(name, &wrong(value))).await;
        assert_eq!(answer.outcome(), (400, "BadDigest"), "{name}");
        let answer = client.send(put("/media/b", BODY).header(name, "AA==")).await;
        assert_eq!(answer.outcome(), (400, "InvalidRequest"), "{name}");
        assert_eq!(server.keys("media"), ["a"]);
    }
}

#[tokio::test]
async fn checksum_in_a_trailer_is_verified_and_comes_back() {
    let (server, client) = start().await;
    for (name, value) in CHECKSUMS {
        let answer = client.send(put("/media/a", BODY).trailer(name, value)).await;
        assert_eq!((answer.status, answer.header(name)), (200, Some(value)), "{name} {}", answer.text());
        let answer = client.send(get("/media/a").header("x-amz-checksum-mode", "ENABLED")).await;
        assert_eq!((answer.text(), answer.header(name)), (BODY, Some(value)), "{name}");
        assert_eq!(answer.header("content-encoding"), None, "aws-chunked is no encoding of the object");

        let answer = client.send(put("/media/b", BODY).trailer(name, &wrong(value))).await;
        assert_eq!(answer.outcome(), (400, "BadDigest"), "{name}");
        assert_eq!(server.keys("media"), ["a"]);
    }
}

#[tokio::test]
async fn announced_trailer_must_come() {
    let (server, client) = start().await;
    let mut call = put("/media/a", BODY).trailer("x-amz-checksum-crc32", "y/Q5Jg==");
    call.body = b"9\r\n123456789\r\n0\r\n\r\n".to_vec();
    assert_eq!(client.send(call).await.outcome(), (400, "MalformedTrailerError"));
    assert!(server.keys("media").is_empty());
}

#[tokio::test]
async fn object_has_a_checksum_even_if_the_client_names_none() {
    let (server, client) = start().await;
    client.send(put("/media/a", BODY)).await;
    assert_eq!(server.object("media", "a").unwrap().checksum(), Some(("x-amz-checksum-crc64nvme", "rosUhgp5mIg=")));
}

#[tokio::test]
async fn checksum_of_the_whole_does_not_come_with_a_part() {
    let (_server, client) = start().await;
    client.send(put("/media/a", BODY)).await;
    let call = get("/media/a").header("x-amz-checksum-mode", "ENABLED").header("range", "bytes=0-3");
    assert_eq!(client.send(call).await.header("x-amz-checksum-crc64nvme"), None);
}

#[tokio::test]
async fn content_md5_is_verified() {
    let (server, client) = start().await;
    let call = |md5: &str| put("/media/a", BODY).header("content-md5", md5);
    assert_eq!(client.send(call("AAAAAAAAAAAAAAAAAAAAAA==")).await.outcome(), (400, "BadDigest"));
    assert_eq!(client.send(call("not base64")).await.outcome(), (400, "InvalidDigest"));
    assert!(server.keys("media").is_empty());
    assert_eq!(client.send(call("JfnnlDI7RTiF9RgfG2JNCw==")).await.status, 200);
}

#[tokio::test]
async fn only_one_checksum_is_taken() {
    let (_server, client) = start().await;
    let call = CHECKSUMS.iter().fold(put("/media/a", BODY), |call, (name, value)| call.header(name, value));
    assert_eq!(client.send(call).await.outcome(), (400, "InvalidRequest"));
}

#[tokio::test]
async fn decoded_length_must_be_that_of_the_content() {
    let (server, client) = start().await;
    for length in ["8", "10"] {
        let mut call = put("/media/a", BODY).trailer("x-amz-checksum-crc32", "y/Q5Jg==");
        let claimed = call.headers.iter_mut().find(|(name, _)| name == "x-amz-decoded-content-length").unwrap();
        claimed.1 = length.to_owned();
        assert_eq!(client.send(call).await.outcome(), (400, "IncompleteBody"), "{length}");
    }
    assert!(server.keys("media").is_empty());
}

#[tokio::test]
async fn body_shorter_than_announced_is_incomplete() {
    use tokio::io::AsyncWriteExt as _;
    let (server, client) = start().await;
    for payload in ["UNSIGNED-PAYLOAD", &hex(&[0; 32])] {
        let call = put("/media/a", BODY).header("content-length", "100").header("x-amz-content-sha256", payload);
        let mut stream = client.open(&call).await.unwrap();
        stream.write_all(&call.body).await.unwrap();
        stream.shutdown().await.unwrap();
        // A server may also close such a connection without a word.
        if let Ok(answer) = crate::support::read_answer(&mut stream).await {
            assert_eq!(answer.outcome(), (400, "IncompleteBody"));
        }
    }
    assert!(server.keys("media").is_empty());
}
