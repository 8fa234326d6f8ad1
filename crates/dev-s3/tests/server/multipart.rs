//! Multipart uploads, from their creation to their end.

use longshore_dev_s3::{DevS3, Server};

use crate::support::{Answer, Call, Client, get, put, start};

const PART: usize = 5 << 20;

async fn create(client: &Client, path: &str) -> String {
    let answer = client.send(Call::new("POST", path).query("uploads", "")).await;
    assert_eq!(answer.status, 200);
    answer.element("UploadId").unwrap().to_owned()
}

/// Uploads a part, and returns what the completion says of it: number and `ETag`.
async fn upload(client: &Client, path: &str, id: &str, number: u32, body: Vec<u8>) -> (u32, String) {
    let call = put(path, body).query("uploadId", id).query("partNumber", &number.to_string());
    let answer = client.send(call).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (number, answer.header("etag").unwrap().to_owned())
}

fn completion(path: &str, id: &str, parts: &[(u32, String)]) -> Call {
    let parts =
        parts.iter().map(|(number, etag)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"));
    let body = format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", parts.collect::<String>());
    Call::new("POST", path).query("uploadId", id).body(body)
}

async fn complete(client: &Client, path: &str, id: &str, parts: &[(u32, String)]) -> Answer {
    client.send(completion(path, id, parts)).await
}

fn parts_of(server: &Server) -> Vec<Vec<i32>> {
    server.open_uploads("media").into_iter().map(|upload| upload.parts).collect()
}

#[tokio::test]
async fn parts_become_one_object() {
    let (server, client) = start().await;
    let call = Call::new("POST", "/media/a")
        .query("uploads", "")
        .header("content-type", "video/mp4")
        .header("x-amz-acl", "public-read");
    let answer = client.send(call).await;
    let id = answer.element("UploadId").unwrap();
    let second = upload(&client, "/media/a", id, 2, b"tail".to_vec()).await;
    let first = upload(&client, "/media/a", id, 1, vec![b'x'; PART]).await;
    assert!(server.keys("media").is_empty(), "nothing shows before the completion");
    assert_eq!(parts_of(&server), [[1, 2]]);

    let answer = complete(&client, "/media/a", id, &[first, second]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.element("ETag").unwrap().contains(ETAG));
    let object = server.object("media", "a").unwrap();
    assert_eq!((object.size(), object.content_type()), (PART as u64 + 4, Some("video/mp4")));
    assert_eq!(object.etag(), ETAG);
    assert_eq!(object.part_sizes(), [PART as u64, 4]);
    assert!(object.bytes().unwrap().ends_with(b"xxtail"));
    assert!(server.open_uploads("media").is_empty());

    let answer = client.send(get("/media/a").anonymous()).await;
    assert_eq!((answer.status, answer.body.len()), (200, PART + 4));
    let across = format!("bytes={}-{}", PART - 2, PART + 1);
    assert_eq!(client.send(get("/media/a").header("range", &across)).await.text(), "xxta");
    let part = client.send(get("/media/a").query("partNumber", "2")).await;
    assert_eq!((part.status, part.text(), part.header("x-amz-mp-parts-count")), (206, "tail", Some("2")));
}

/// The `ETag` of an object with a part of 5 MiB of `x` and a part `tail`. Another program computed it.
const ETAG: &str = "a45f1422f2dbe3d2890829dd76adba1b-2";

#[tokio::test]
async fn completing_again_gives_the_same_answer() {
    let (_server, client) = start().await;
    let id = create(&client, "/media/a").await;
    let part = upload(&client, "/media/a", &id, 1, b"hello".to_vec()).await;
    let first = complete(&client, "/media/a", &id, std::slice::from_ref(&part)).await;
    let again = complete(&client, "/media/a", &id, &[part]).await;
    assert_eq!((again.status, again.element("ETag")), (200, first.element("ETag")));
}

#[tokio::test]
async fn every_part_but_the_last_has_five_mebibytes() {
    let (server, client) = start().await;
    let id = create(&client, "/media/a").await;
    let first = upload(&client, "/media/a", &id, 1, vec![b'x'; PART - 1]).await;
    let last = upload(&client, "/media/a", &id, 2, b"tail".to_vec()).await;
    assert_eq!(complete(&client, "/media/a", &id, &[first, last]).await.outcome(), (400, "EntityTooSmall"));
    assert!(server.keys("media").is_empty());
    assert_eq!(server.open_uploads("media").len(), 1, "the upload stays open");
}

#[tokio::test]
async fn list_of_parts_must_be_right() {
    let (server, client) = start().await;
    let id = create(&client, "/media/a").await;
    let first = upload(&client, "/media/a", &id, 1, vec![b'x'; PART]).await;
    let second = upload(&client, "/media/a", &id, 2, b"tail".to_vec()).await;
    let other = (1, "\"0123456789abcdef0123456789abcdef\"".to_owned());
    let missing = (3, second.1.clone());
    let cases = [
        (vec![second.clone(), first.clone()], "InvalidPartOrder"),
        (vec![first.clone(), first.clone()], "InvalidPartOrder"),
        (vec![other], "InvalidPart"),
        (vec![first.clone(), missing], "InvalidPart"),
        (vec![], "MalformedXML"),
    ];
    for (parts, code) in cases {
        assert_eq!(complete(&client, "/media/a", &id, &parts).await.outcome(), (400, code), "{parts:?}");
    }
    assert!(server.keys("media").is_empty());
    assert_eq!(complete(&client, "/media/a", &id, &[first, second]).await.status, 200);
}

#[tokio::test]
async fn part_can_be_sent_again() {
    let (server, client) = start().await;
    let id = create(&client, "/media/a").await;
    let old = upload(&client, "/media/a", &id, 1, b"old".to_vec()).await;
    let new = upload(&client, "/media/a", &id, 1, b"new".to_vec()).await;
    assert_eq!(complete(&client, "/media/a", &id, &[old]).await.outcome(), (400, "InvalidPart"));
    assert_eq!(complete(&client, "/media/a", &id, &[new]).await.status, 200);
    assert_eq!(server.object("media", "a").unwrap().bytes().unwrap(), "new");
}

#[tokio::test]
async fn aborted_upload_is_gone() {
    let (server, client) = start().await;
    let id = create(&client, "/media/a").await;
    let part = upload(&client, "/media/a", &id, 1, b"hello".to_vec()).await;
    let abort = || Call::new("DELETE", "/media/a").query("uploadId", &id);
    assert_eq!(client.send(abort()).await.status, 204);
    assert!(server.open_uploads("media").is_empty());
    assert_eq!(client.send(abort()).await.outcome(), (404, "NoSuchUpload"));
    assert_eq!(complete(&client, "/media/a", &id, &[part]).await.outcome(), (404, "NoSuchUpload"));
    let late = put("/media/a", "x").query("uploadId", &id).query("partNumber", "2");
    assert_eq!(client.send(late).await.outcome(), (404, "NoSuchUpload"));
    assert_eq!(client.send(get("/media/a").query("uploadId", &id)).await.outcome(), (404, "NoSuchUpload"));
}

#[tokio::test]
async fn upload_belongs_to_its_key() {
    let (_server, client) = start().await;
    let id = create(&client, "/media/a").await;
    let call = put("/media/b", "x").query("uploadId", &id).query("partNumber", "1");
    assert_eq!(client.send(call).await.outcome(), (404, "NoSuchUpload"));
}

#[tokio::test]
async fn part_numbers_end_at_ten_thousand() {
    let (_server, client) = start().await;
    let id = create(&client, "/media/a").await;
    for number in ["0", "10001"] {
        let call = put("/media/a", "x").query("uploadId", &id).query("partNumber", number);
        assert_eq!(client.send(call).await.outcome(), (400, "InvalidArgument"), "{number}");
    }
    upload(&client, "/media/a", &id, 10_000, b"x".to_vec()).await;
}

#[tokio::test]
async fn parts_are_listed_in_pages() {
    let (_server, client) = start().await;
    let id = create(&client, "/media/a").await;
    for number in [1, 3, 7] {
        upload(&client, "/media/a", &id, number, vec![b'x'; number as usize]).await;
    }
    let list = || get("/media/a").query("uploadId", &id);
    let all = client.send(list()).await;
    assert_eq!((all.elements("PartNumber"), all.elements("Size")), (vec!["1", "3", "7"], vec!["1", "3", "7"]));
    let page = client.send(list().query("max-parts", "2")).await;
    assert_eq!((page.elements("PartNumber"), page.element("IsTruncated")), (vec!["1", "3"], Some("true")));
    assert_eq!(page.element("NextPartNumberMarker"), Some("3"));
    let rest = client.send(list().query("part-number-marker", "3")).await;
    assert_eq!((rest.elements("PartNumber"), rest.element("IsTruncated")), (vec!["7"], Some("false")));
}

#[tokio::test]
async fn completion_can_depend_on_what_is_there() {
    let (server, client) = start().await;
    client.send(put("/media/a", "first")).await;
    let id = create(&client, "/media/a").await;
    let part = upload(&client, "/media/a", &id, 1, b"second".to_vec()).await;
    let call = completion("/media/a", &id, std::slice::from_ref(&part)).header("if-none-match", "*");
    assert_eq!(client.send(call).await.outcome(), (412, "PreconditionFailed"));
    assert_eq!(server.object("media", "a").unwrap().bytes().unwrap(), "first");
    client.send(Call::new("DELETE", "/media/a")).await;
    let call = completion("/media/a", &id, &[part]).header("if-none-match", "*");
    assert_eq!(client.send(call).await.status, 200);
}

#[tokio::test]
async fn checksum_of_the_whole_is_had_from_the_parts() {
    let (server, client) = start().await;
    let whole: Vec<u8> = (0..PART + 1000).map(|index| u8::try_from(index % 251).unwrap()).collect();
    client.send(put("/media/whole", whole.clone())).await;
    let id = create(&client, "/media/a").await;
    let first = upload(&client, "/media/a", &id, 1, whole[..PART].to_vec()).await;
    let second = upload(&client, "/media/a", &id, 2, whole[PART..].to_vec()).await;
    assert_eq!(complete(&client, "/media/a", &id, &[first, second]).await.status, 200);
    let (parts, put) = (server.object("media", "a").unwrap(), server.object("media", "whole").unwrap());
    assert_eq!(parts.checksum(), put.checksum());
}

#[tokio::test]
async fn composite_checksum_needs_those_of_the_parts() {
    let (server, client) = start().await;
    let call = Call::new("POST", "/media/a").query("uploads", "").header("x-amz-checksum-algorithm", "CRC32");
    let answer = client.send(call).await;
    let id = answer.element("UploadId").unwrap();
    let part = put("/media/a", "123456789").query("uploadId", id).query("partNumber", "1");
    let wrong_kind = part.clone().header("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=");
    assert_eq!(client.send(wrong_kind).await.outcome(), (400, "InvalidRequest"));
    let wrong = part.clone().header("x-amz-checksum-crc32", "AAAAAA==");
    assert_eq!(client.send(wrong).await.outcome(), (400, "BadDigest"));
    let answer = client.send(part.header("x-amz-checksum-crc32", "y/Q5Jg==")).await;
    let etag = answer.header("etag").unwrap();
    let complete = |checksum: &str| {
        let body = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag>{checksum}</Part>\
             </CompleteMultipartUpload>"
        );
        Call::new("POST", "/media/a").query("uploadId", id).body(body)
    };
    assert_eq!(client.send(complete("")).await.outcome(), (400, "InvalidRequest"));
    let other = "<ChecksumCRC32>AAAAAA==</ChecksumCRC32>";
    assert_eq!(client.send(complete(other)).await.outcome(), (400, "InvalidPart"));
    let right = "<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32>";
    assert_eq!(client.send(complete(right)).await.status, 200);
    let object = server.object("media", "a").unwrap();
    let (header, text) = object.checksum().unwrap();
    assert_eq!(header, "x-amz-checksum-crc32");
    assert!(text.ends_with("-1"), "{text}");
}

#[tokio::test]
async fn checksums_of_parts_cannot_be_listed_if_none_was_declared() {
    let (server, client) = start().await;
    let id = create(&client, "/media/a").await;
    let part = put("/media/a", "123456789").query("uploadId", &id).query("partNumber", "1");
    let answer = client.send(part.header("x-amz-checksum-crc32", "y/Q5Jg==")).await;
    let etag = answer.header("etag").unwrap();
    let complete = |checksum: &str| {
        let body = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag>{checksum}</Part>\
             </CompleteMultipartUpload>"
        );
        Call::new("POST", "/media/a").query("uploadId", &id).body(body)
    };
    let listed = "<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32>";
    assert_eq!(client.send(complete(listed)).await.outcome(), (400, "InvalidPart"));
    assert!(server.keys("media").is_empty());
    assert_eq!(client.send(complete("")).await.status, 200);
}

#[tokio::test]
async fn tags_say_nothing_of_content_that_a_key_of_kms_encrypts() {
    let (server, client) = start().await;
    let mut tags = Vec::new();
    for _ in 0..2 {
        client.send(put("/media/a", "x").header("x-amz-server-side-encryption", "aws:kms")).await;
        tags.push(server.object("media", "a").unwrap().etag().to_owned());
    }
    assert!(tags[0].len() == 32 && tags[0] != tags[1] && !tags.contains(&MD5_OF_X.to_owned()), "{tags:?}");
    client.send(put("/media/a", "x").header("x-amz-server-side-encryption", "AES256")).await;
    assert_eq!(server.object("media", "a").unwrap().etag(), MD5_OF_X);
}

const MD5_OF_X: &str = "9dd4e461268c8034f5c8564e155c67a6";

#[tokio::test]
async fn upload_in_a_bucket_that_is_not_there_cannot_begin() {
    let server = DevS3::builder().start().await.unwrap();
    let client = Client::of(&server);
    let answer = client.send(Call::new("POST", "/media/a").query("uploads", "")).await;
    assert_eq!(answer.outcome(), (404, "NoSuchBucket"));
}
