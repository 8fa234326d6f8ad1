//! Static files below `/uploads/`.

use super::server::{Form, TestServer};

async fn server() -> TestServer {
    let server = TestServer::with(|setting| setting.http.public.clear()).await;
    server.provider.put("a.txt", b"0123456789");
    server.provider.put("empty.bin", b"");
    server.provider.put("sub/ü b.png", b"png");
    for name in ["page.html", "drawing.svg", "data.xml", "code.js"] {
        server.provider.put(name, b"<x/>");
    }
    server
}

#[tokio::test]
async fn a_file_is_served_whole() {
    let server = server().await;
    let answer = server.get("/uploads/a.txt").await.expect(200);
    assert_eq!(answer.text(), "0123456789");
    for (name, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", "10"),
        ("accept-ranges", "bytes"),
        ("cache-control", "max-age=0"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("etag", "\"10-5e774605\""),
        ("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert_eq!(answer.header("content-disposition"), None);
    assert_eq!(server.get("/uploads/sub/%C3%BC%20b.png").await.expect(200).text(), "png");
    assert_eq!(server.get("/uploads/empty.bin").await.expect(200).text(), "");
    let head = server.request("HEAD", "/uploads/a.txt", &[], b"").await.expect(200);
    assert_eq!(head.header("content-length"), Some("10"));
}

#[tokio::test]
async fn a_file_of_a_row_is_served_with_the_type_of_the_row() {
    let server = TestServer::open().await;
    let form = [("model.obj", "model/obj"), ("a.dat", "text/x-own")].iter().fold(Form::new(), |form, (name, mime)| {
        form.part(&format!("name=\"files\"; filename=\"{name}\"\r\nContent-Type: {mime}"), "o cube")
    });
    for file in server.post("", &form).await.expect(201).json().as_array().unwrap() {
        let url = file["url"].as_str().unwrap();
        let answer = server.get(url).await.expect(200);
        let expected = file["mime"].as_str().unwrap();
        let content_type = answer.header("content-type").unwrap();
        assert_eq!(content_type.split(';').next(), Some(expected), "{url}");
    }
}

#[tokio::test]
async fn a_part_of_a_file_is_served() {
    let server = server().await;
    for (range, content, content_range) in
        [("bytes=2-4", "234", "bytes 2-4/10"), ("bytes=7-", "789", "bytes 7-9/10"), ("bytes=-1", "9", "bytes 9-9/10")]
    {
        let answer = server.request("GET", "/uploads/a.txt", &[("Range", range)], b"").await.expect(206);
        assert_eq!((answer.text(), answer.header("content-range")), (content, Some(content_range)));
    }
    let behind = server.request("GET", "/uploads/a.txt", &[("Range", "bytes=10-")], b"").await;
    assert_eq!(behind.header("content-range"), Some("bytes */10"));
    behind.error(416, "RangeNotSatisfiableError", "Range Not Satisfiable");
    for range in ["bytes=0-1,4-5", "nonsense"] {
        let answer = server.request("GET", "/uploads/a.txt", &[("Range", range)], b"").await.expect(200);
        assert_eq!(answer.text(), "0123456789");
    }
    // RFC 9110 defines `Range` for GET alone.
    for range in ["bytes=2-4", "bytes=10-"] {
        let answer = server.request("HEAD", "/uploads/a.txt", &[("Range", range)], b"").await.expect(200);
        assert_eq!((answer.header("content-length"), answer.header("content-range")), (Some("10"), None));
    }
    let same = [("Range", "bytes=0-1"), ("If-Range", "\"10-5e774605\"")];
    server.request("GET", "/uploads/a.txt", &same, b"").await.expect(206);
    let changed = [("Range", "bytes=0-1"), ("If-Range", "\"other\"")];
    server.request("GET", "/uploads/a.txt", &changed, b"").await.expect(200);
}

#[tokio::test]
async fn a_file_that_the_client_has_is_not_sent_again() {
    let server = server().await;
    for condition in [("If-None-Match", "\"10-5e774605\""), ("If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT")] {
        let answer = server.request("GET", "/uploads/a.txt", &[condition], b"").await.expect(304);
        assert_eq!((answer.header("etag"), answer.text()), (Some("\"10-5e774605\""), ""));
    }
    for condition in [("If-None-Match", "\"x\""), ("If-Modified-Since", "Wed, 31 Dec 2025 00:00:00 GMT")] {
        server.request("GET", "/uploads/a.txt", &[condition], b"").await.expect(200);
    }
}

#[tokio::test]
async fn a_file_of_another_version_than_the_wanted_one_is_refused() {
    let server = server().await;
    for condition in [("If-Match", "\"x\""), ("If-Unmodified-Since", "Wed, 31 Dec 2025 00:00:00 GMT")] {
        let answer = server.request("GET", "/uploads/a.txt", &[condition], b"").await;
        answer.error(412, "PreconditionFailedError", "Precondition Failed");
    }
    server.request("GET", "/uploads/a.txt", &[("If-Match", "\"10-5e774605\"")], b"").await.expect(200);
}

#[tokio::test]
async fn what_a_browser_would_run_is_an_attachment() {
    let server = server().await;
    for name in ["page.html", "drawing.svg", "data.xml", "code.js"] {
        let answer = server.get(&format!("/uploads/{name}")).await.expect(200);
        assert_eq!(answer.header("content-disposition"), Some("attachment"), "{name}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
}

#[tokio::test]
async fn files_of_a_private_provider_are_not_for_everybody() {
    let server = server().await;
    server.provider.behave(super::provider::FakeBehavior { private: true, ..Default::default() });
    server.get("/uploads/a.txt").await.error(404, "NotFoundError", "Not Found");
}

#[tokio::test]
async fn paths_lead_nowhere_else() {
    let server = server().await;
    for path in ["nope.txt", "../a.txt", "%2e%2e/a.txt", "sub/..%2fa.txt", "/a.txt", "a.txt/", "a%00.txt", "%FF", "sub"]
    {
        let answer = server.get(&format!("/uploads/{path}")).await;
        answer.error(404, "NotFoundError", "Not Found");
    }
}
