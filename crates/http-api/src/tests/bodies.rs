//! Valid and invalid multipart bodies.

use super::server::{CONTENT_TYPE, Form, TestServer};

async fn post(server: &TestServer, content_type: &str, body: &[u8]) -> super::client::Answer {
    server.request("POST", "/api/upload", &[("Content-Type", content_type)], body).await
}

#[tokio::test]
async fn boundaries_come_quoted_and_bodies_with_preambles() {
    let server = TestServer::open().await;
    let form = Form::new().file("a.txt", "x").bytes();
    let framed = [&b"preamble\r\n"[..], &form, b"epilogue"].concat();
    post(&server, "Multipart/Form-Data; charset=utf-8; boundary=\"XX\"", &framed).await.expect(201);
    post(&server, "multipart/mixed; boundary=XX", &form).await.expect(201);
    let unended = &form[..form.len() - 2];
    post(&server, CONTENT_TYPE.1, unended).await.expect(201);
}

#[tokio::test]
async fn file_names_arrive_as_they_were_meant() {
    let server = TestServer::open().await;
    for (sent, name) in [
        ("filename=\"日本語 ü.txt\"", "日本語 ü.txt"),
        ("filename=\"C:\\dir\\a.txt\"", "a.txt"),
        ("filename=plain.txt", "plain.txt"),
        ("filename=\"x.txt\"; filename*=UTF-8''na%C3%AFve.txt", "naïve.txt"),
        ("filename=\"e\u{301}.txt\"", "é.txt"),
    ] {
        let form = Form::new().part(&format!("name=\"files\"; {sent}\r\nContent-Type: text/plain"), "x");
        assert_eq!(server.post("", &form).await.expect(201).json()[0]["name"], name, "{sent}");
    }
}

#[tokio::test]
async fn a_file_without_a_type_gets_one() {
    let server = TestServer::open().await;
    let form = Form::new().part("name=\"files\"; filename=\"a.json\"", "{}");
    assert_eq!(server.post("", &form).await.expect(201).json()[0]["mime"], "application/json");
}

#[tokio::test]
async fn content_that_looks_like_a_boundary_is_kept() {
    let server = TestServer::open().await;
    let content = b"\r\n--X\r\n--XXY\r\n--XX-\r\n\r\n--";
    server.post("", &Form::new().file("a.txt", content)).await.expect(201);
    assert_eq!(server.provider.only(), &content[..]);
}

#[tokio::test]
async fn a_body_in_chunks_of_one_byte_is_read() {
    let server = TestServer::open().await;
    let mut client = server.connect().await;
    let (name, value) = CONTENT_TYPE;
    let head = format!("POST /api/upload HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send(head.as_bytes()).await;
    for byte in Form::new().file("a.txt", "hello").bytes() {
        client.send(&[b"1\r\n", &[byte][..], b"\r\n"].concat()).await;
    }
    client.send(b"0\r\n\r\n").await;
    client.answer().await.unwrap().expect(201);
    assert_eq!(server.provider.only(), "hello");
}

#[tokio::test]
async fn a_thousand_parts_are_refused() {
    let server = TestServer::open().await;
    let fields = (0..1000).fold(Form::new(), |form, _| form.field("x", "y"));
    server.post("", &fields).await.error(400, "ValidationError", "The body has too many parts");
    let files = (0..21).fold(Form::new(), |form, index| form.file(&format!("{index}.txt"), "x"));
    server.post("", &files).await.error(400, "ValidationError", "A request has at most 20 files");
    server.nothing_is_left().await;
    let files = (0..20).fold(Form::new(), |form, index| form.file(&format!("{index}.txt"), "x").field("x", "y"));
    assert_eq!(server.post("", &files).await.expect(201).json().as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_part_header_of_a_megabyte_is_refused() {
    let server = TestServer::open().await;
    let form = Form::new().part(&format!("name=\"files\"; filename=\"{}\"", "x".repeat(1_000_000)), "x");
    server.post("", &form).await.error(400, "ValidationError", "The header of a part is too large");
    server.nothing_is_left().await;
}

#[tokio::test]
async fn texts_over_the_limit_are_refused_and_other_fields_skipped() {
    let server = TestServer::open().await;
    let long = "x".repeat(60_000);
    let form = Form::new().file("a.txt", "x").field("ref", &long).field("refId", &long);
    server.post("", &form).await.error(413, "PayloadTooLargeError", "The fields of the request are too large");
    server.nothing_is_left().await;
    let form = Form::new().field("unknown", &"x".repeat(1_000_000)).file("a.txt", "x");
    server.post("", &form).await.expect(201);
}

#[tokio::test]
async fn a_failure_in_the_middle_undoes_the_files_before() {
    let server = TestServer::open().await;
    let large = "x".repeat(500_000);
    let mut body = Form::new().file("a.txt", &large).file("b.txt", &large).bytes();
    body.truncate(body.len() - 1000);
    server.request("POST", "/api/upload", &[CONTENT_TYPE], &body).await.expect(400);
    server.nothing_is_left().await;
    let form = Form::new().file("a.txt", &large).field("fileInfo", "[]");
    server.post("", &form).await.expect(400);
    server.nothing_is_left().await;
}
