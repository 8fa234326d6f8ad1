//! Errors have Strapi's status, name and message, except where `docs/differences.md` documents a difference.

use axum::response::IntoResponse;
use http_body::Body;
use longshore_media_library::{Error as LibraryError, InfoProblem};
use longshore_provider::{Error, ErrorKind};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    provider::{FakeBehavior, refusal},
    server::{Form, SIZE_LIMIT, TestServer},
};
use crate::error::HttpError;

/// The header of a PNG image with 16 by 16 pixels, without valid pixel data.
const NO_IMAGE: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x02\x00\x00\x00\x90\x91h6\x00\x00\x00\x08IDATnonsense\xad y\xce\x00\x00\x00\x00IEND\xaeB`\x82";

/// The header of a part with the image.
const PICTURE: &str = "name=\"files\"; filename=\"a.png\"\r\nContent-Type: image/png";

#[tokio::test]
async fn requests_without_a_file_are_refused() {
    let server = TestServer::open().await;
    let empty = |answer: super::client::Answer| answer.error(400, "ValidationError", "Files are empty");
    let part = |head: &str, content: &str| Form::new().part(head, content);
    for form in [
        Form::new(),
        Form::new().file("a.txt", ""),
        // Browsers send this for a file input without a selected file.
        Form::new().file("", ""),
        Form::new().file("a.txt", "").file("b.txt", ""),
        Form::new().field("files", "text"),
        part("name=\"files[]\"; filename=\"a.txt\"\r\nContent-Type: text/plain", "x"),
        part("name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain", "x"),
        // Valid files beside an empty one.
        Form::new().file("a.txt", "x").file("b.txt", ""),
    ] {
        assert_eq!(empty(server.post("", &form).await), json!({}));
    }
    empty(server.request("POST", "/api/upload", &[], b"").await);
    empty(server.request("POST", "/api/upload", &[("Content-Type", "application/json")], b"{}").await);
    empty(server.request("POST", "/api/upload?id=", &[("Content-Type", "application/json")], b"{}").await);
    empty(server.request("POST", "/api/upload", &[super::server::CONTENT_TYPE], b"").await);
    server.nothing_is_left().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_accepted_is_refused_with_its_reason() {
    let server =
        TestServer::with(|setting| setting.library.types.denied = Some(vec!["image/svg+xml".to_owned()])).await;
    for name in ["a/b.txt", "..", "con", "a:b.txt", &"x".repeat(256), "a?b", "COM1", "", "a\u{1}b"] {
        let form = Form::new().file(name, "x");
        let details =
            server.post("", &form).await.error(400, "ApplicationError", "File name contains invalid characters");
        assert_eq!(details, json!({}), "{name}");
    }
    let svg = Form::new().part("name=\"files\"; filename=\"a.svg\"\r\nContent-Type: image/svg+xml", "<svg/>");
    server.post("", &svg).await.error(400, "ValidationError", "File type 'image/svg+xml' is not allowed");
    server.post("", &Form::new().part(PICTURE, NO_IMAGE)).await.error(
        400,
        "ApplicationError",
        "File is not a valid image",
    );
    server.nothing_is_left().await;
}

#[tokio::test]
async fn an_image_over_a_limit_is_refused_with_the_limit() {
    let server = TestServer::with(|setting| setting.library.images.max_side = 15).await;
    let message = "The image is too large: a side of 16 pixels, where 15 are allowed";
    server.post("", &Form::new().part(PICTURE, NO_IMAGE)).await.error(400, "ApplicationError", message);
    server.nothing_is_left().await;
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_whether_it_is_held_or_flows() {
    let size = usize::try_from(SIZE_LIMIT).unwrap();
    let server = TestServer::open().await;
    let message = "big.bin exceeds size limit of 8 MB.";
    let form = Form::new().file("big.bin", vec![0; size + 1]);
    assert_eq!(server.post("", &form).await.error(413, "PayloadTooLargeError", message), json!({}));
    server.nothing_is_left().await;
    server.post("", &Form::new().file("big.bin", vec![0; size])).await.expect(201);
    assert_eq!(server.provider.only().len(), size);

    let small = TestServer::with(|setting| setting.library.size_limit = 500).await;
    let form = Form::new().file("mp.bin", [0; 501]);
    small.post("", &form).await.error(413, "PayloadTooLargeError", "mp.bin exceeds size limit of 500 Bytes.");
    small.nothing_is_left().await;
}

#[tokio::test]
async fn a_file_over_a_limit_of_the_providers_own_names_no_other_limit() {
    let server = TestServer::open().await;
    let too_large = Error::new(ErrorKind::TooLarge, "`a.bin` has 501 bytes, more than the limit of 500");
    server.provider.behave(FakeBehavior { fails: Some(too_large), ..FakeBehavior::default() });
    let answer = server.post("", &Form::new().file("a.bin", [0; 501])).await;
    answer.error(413, "PayloadTooLargeError", "a.bin exceeds the size limit of the provider `local`.");
}

#[tokio::test]
async fn every_rejected_file_is_named() {
    let server = TestServer::with(|setting| setting.library.types.denied = Some(vec!["image/*".to_owned()])).await;
    let form = Form::new().file("good.txt", "x").file("a:b", "x").part(PICTURE, NO_IMAGE);
    let details = server.post("", &form).await.error(400, "ApplicationError", "File name contains invalid characters");
    let expected = json!({ "errors": [
        {
            "path": ["files"],
            "message": "File name contains invalid characters",
            "name": "ApplicationError",
            "value": "a:b",
        },
        {
            "path": ["files"],
            "message": "File type 'image/png' is not allowed",
            "name": "ValidationError",
            "value": "a.png",
        },
    ] });
    assert_eq!(details, expected);
    server.nothing_is_left().await;
}

#[tokio::test]
async fn what_is_said_about_files_has_a_form() {
    let server = TestServer::open().await;
    let file = || Form::new().file("a.txt", "x");
    let info = r#"{"focalPoint":{"x":101,"y":1}}"#;
    let message = "fileInfo.focalPoint.x must be less than or equal to 100";
    let error = json!({
        "path": ["fileInfo", "focalPoint", "x"], "message": message, "name": "ValidationError", "value": 101,
    });
    let details = server.post("", &file().field("fileInfo", info)).await.error(400, "ValidationError", message);
    assert_eq!(details, json!({ "errors": [error] }));
    let both = file().field("fileInfo", r#"{"name":{},"caption":[]}"#);
    let details = server.post("", &both).await.error(400, "ValidationError", "2 errors occurred");
    assert_eq!(details["errors"].as_array().unwrap().len(), 2);
    let one_for_two = file().file("b.txt", "x").field("fileInfo", "{}");
    let message = "fileInfo must be a `array` type, but the final value was: `null` (cast from the value `{}`).";
    server.post("", &one_for_two).await.error(400, "ValidationError", message);
    let message = "fileInfo must be a `object` type, but the final value was: `null` (cast from the value `\"x\"`).";
    server.post("", &file().field("fileInfo", "x")).await.error(400, "ValidationError", message);
    server.nothing_is_left().await;
}

#[tokio::test]
async fn a_link_has_a_form() {
    let server = TestServer::with(|setting| setting.library.links = Some(vec!["api::a.a".to_owned()])).await;
    let linked = |reference: &str| {
        Form::new().file("a.txt", "x").field("ref", reference).field("refId", "1").field("field", "cover")
    };
    server.post("", &linked("api::b.b")).await.expect(400);
    server.nothing_is_left().await;
    server.post("", &linked("api::a.a")).await.expect(201);
}

#[tokio::test]
async fn files_that_do_not_exist_are_not_found() {
    let server = TestServer::open().await;
    for path in ["/api/upload/files/1", "/api/upload/files/abc", "/api/upload/files/0", "/api/upload/files/%FF"] {
        assert_eq!(server.get(path).await.error(404, "NotFoundError", "file.notFound"), json!({}));
        assert_eq!(server.delete(path).await.error(404, "NotFoundError", "file.notFound"), json!({}));
    }
    for query in ["?id=99", "?id=abc", "?id=1.5"] {
        let json = [("Content-Type", "application/json")];
        let updating = server.request("POST", &format!("/api/upload{query}"), &json, b"{}").await;
        updating.error(404, "NotFoundError", "Entity not found");
        let replacing = server.post(query, &Form::new().file("a.txt", "x")).await;
        assert_eq!(replacing.error(404, "NotFoundError", "Entity not found"), json!({}));
    }
    server.nothing_is_left().await;
}

#[tokio::test]
async fn a_file_is_replaced_by_one_and_named_by_one_id() {
    let server = TestServer::open().await;
    server.post("", &Form::new().file("a.txt", "x")).await.expect(201);
    let two = Form::new().file("b.txt", "y").file("c.txt", "z");
    server.post("?id=1", &two).await.error(400, "ValidationError", "Cannot replace a file with multiple ones");
    for query in ["?id=1&id=2", "?id[]=1", "?id[a]=1"] {
        let form = Form::new().file("b.txt", "y");
        let message = "File id is required and must be a single value";
        server.post(query, &form).await.error(400, "ValidationError", message);
    }
    server.settled().await;
    assert_eq!(server.provider.only(), "x");
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist_are_told_apart() {
    let server = TestServer::open().await;
    for path in ["/", "/nope", "/api", "/api/nope", "/api/upload", "/api/upload/files/1/2", "/uploads", "/uploads/"] {
        assert_eq!(server.get(path).await.error(404, "NotFoundError", "Not Found"), json!({}), "{path}");
    }
    for (method, path, allow) in [
        ("PUT", "/api/upload", "HEAD, GET, POST"),
        ("DELETE", "/api/upload", "HEAD, GET, POST"),
        ("POST", "/api/upload/files", "HEAD, GET"),
        ("DELETE", "/api/upload/files/page", "HEAD, GET"),
        ("PATCH", "/api/upload/files/1", "HEAD, GET, DELETE"),
        ("POST", "/uploads/a.txt", "HEAD, GET"),
        ("POST", "/nope", "HEAD, GET"),
    ] {
        let answer = server.request(method, path, &[], b"").await;
        let said = (answer.status, answer.header("allow"), answer.header("content-type"), answer.text());
        let expected = (405, Some(allow), Some("text/plain; charset=utf-8"), "Method Not Allowed");
        assert_eq!(said, expected, "{method} {path}");
    }
    let answer = server.request("OPTIONS", "/api/upload/files", &[], b"").await;
    assert_eq!((answer.status, answer.header("allow"), answer.text()), (200, Some("HEAD, GET"), ""));
    assert_eq!(server.request("BREW", "/api/upload/files", &[], b"").await.status, 501);
}

#[tokio::test]
async fn a_query_that_cannot_be_says_which_key() {
    let server = TestServer::open().await;
    let key =
        |key: &str, path: Value, param: &str| json!({ "key": key, "path": path, "source": "query", "param": param });
    let wrong = server.get("/api/upload/files?filters[nope]=1").await;
    assert_eq!(wrong.error(400, "ValidationError", "Invalid key nope"), key("nope", Value::Null, "filters"));
    let wrong = server.get("/api/upload/files/page?filters%5Bname%5D%5B%24bogus%5D=1").await;
    assert_eq!(
        wrong.error(400, "ValidationError", "Invalid key $bogus at name"),
        key("$bogus", json!("name"), "filters")
    );
    server.post("", &Form::new().file("a.txt", "x")).await.expect(201);
    let wrong = server.get("/api/upload/files/1?sort=nope").await;
    assert_eq!(wrong.error(400, "ValidationError", "Invalid key nope"), key("nope", Value::Null, "sort"));
    let wrong = server.get("/api/upload/files/page?pagination[page]=1&pagination[start]=1").await;
    let message = "Cannot use both page & offset pagination in the same query";
    assert_eq!(wrong.error(400, "PaginationError", message), json!({}));
}

#[tokio::test]
async fn large_queries_have_an_answer() {
    let server = TestServer::open().await;
    let nested = format!("?filters{}[name]=a", "[$and][0]".repeat(9));
    server.get(&format!("/api/upload/files{nested}")).await.expect(200);
    let deeper = format!("?filters{}[name]=a", "[$and][0]".repeat(200));
    server.get(&format!("/api/upload/files{deeper}")).await.expect(400);
    let wide: Vec<String> = (0..900).map(|id| format!("filters[$or][{id}][name][$contains]={id}")).collect();
    let answer = server.get(&format!("/api/upload/files?{}", wide.join("&"))).await;
    assert!(matches!(answer.status, 200 | 400), "{}", answer.text());
    let huge = format!("?filters[name]={}", "a".repeat(100_000));
    assert_eq!(server.get(&format!("/api/upload/files{huge}")).await.status, 414);
    let pattern = format!("?filters[name][$contains]={}", "%25".repeat(5000));
    server.get(&format!("/api/upload/files{pattern}")).await.expect(200);
}

#[tokio::test]
async fn errors_of_the_provider_say_a_code_and_nothing_secret() {
    let server = TestServer::open().await;
    server.post("", &Form::new().file("a.txt", "x")).await.expect(201);
    let expected = json!({
        "code": "PROVIDER_PERMISSION_DENIED", "serviceCode": "AccessDenied", "requestId": "r-17", "retryable": false,
    });
    server.provider.behave(FakeBehavior { fails: Some(refusal()), private: true, ..FakeBehavior::default() });
    for answer in [
        server.post("", &Form::new().file("b.txt", "y")).await,
        server.post("", &Form::new().file("b.txt", "y".repeat(500_000))).await,
        server.get("/api/upload/files").await,
        server.get("/api/upload/files/1").await,
        // Deletion comes last: the state of the object is unknown after the failure, and the row is in transition
        // until the sweeper reconciles it.
        server.delete("/api/upload/files/1").await,
    ] {
        assert!(!answer.text().contains("SECRET"), "{}", answer.text());
        assert_eq!(answer.error(500, "InternalServerError", "Internal Server Error"), expected);
    }
    server.provider.behave(FakeBehavior::default());
    server.settled().await;
    assert_eq!(server.provider.only(), "x");
}

#[tokio::test]
async fn a_malformed_body_is_refused() {
    let server = TestServer::open().await;
    let json = [("Content-Type", "application/json")];
    let answer = server.request("POST", "/api/upload?id=1", &json, b"{x").await;
    assert_eq!((answer.status, answer.json()["error"]["name"].as_str()), (400, Some("SyntaxError")));
    let scalar = server.request("POST", "/api/upload?id=1", &json, b"5").await;
    scalar.error(400, "SyntaxError", "invalid JSON, only supports object and array");
    let list = server.request("POST", "/api/upload?id=1", &json, b"[]").await;
    let message = "this must be a `object` type, but the final value was: `null` (cast from the value `[]`).";
    list.error(400, "ValidationError", message);
    let answer = server.request("POST", "/api/upload?id=1", &json, &b" ".repeat(100_001)).await;
    answer.error(413, "PayloadTooLargeError", "The fields of the request are too large");
    for content_type in ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\""]
    {
        let answer = server.request("POST", "/api/upload", &[("Content-Type", content_type)], b"x").await;
        answer.error(400, "ValidationError", "The content type has no valid boundary");
    }
    let form = Form::new().file("a.txt", "x").bytes();
    let other = [("Content-Type", "multipart/form-data; boundary=YY")];
    let answer = server.request("POST", "/api/upload", &other, &form).await;
    answer.error(400, "ValidationError", "The body ended before its last boundary");
    server.nothing_is_left().await;
}

#[tokio::test]
async fn no_error_grows_with_its_request() {
    let server = TestServer::with(|setting| setting.http.fields = 1 << 20).await;
    let (long, escaped) = ("x".repeat(60_000), "%01".repeat(20_000));
    let mut answers = Vec::new();
    for query in [
        format!("filters[{long}]=1"),
        format!("filters[name][{long}]=1"),
        format!("filters[id][$gt]={long}"),
        format!("filters[createdAt]={escaped}"),
        format!("sort={long}:{long}"),
        format!("fields={escaped}"),
        format!("populate={long}"),
        format!("limit={long}"),
        format!("pagination[page]={long}"),
        format!("{}id=1", "a=1&".repeat(2000)),
    ] {
        for path in ["files", "files/page"] {
            answers.push(server.get(&format!("/api/upload/{path}?{query}")).await);
        }
    }
    let ones = format!("[{}1]", "1,".repeat(500_000));
    let texts = format!("[{}1]", format!("\"{}\",", "y".repeat(50_000)).repeat(18));
    let controls = format!("[{}1]", format!("\"{}\",", "\\u0001".repeat(8000)).repeat(18));
    for info in [&ones, &texts, &controls, &format!("{{\"name\":{ones}}}"), &long] {
        answers.push(server.post("", &Form::new().field("fileInfo", info).file("a.txt", "x")).await);
        let json = [("Content-Type", "application/json")];
        answers.push(server.request("POST", "/api/upload?id=1", &json, info.as_bytes()).await);
        let body = format!("{{\"fileInfo\":{info}}}");
        answers.push(server.request("POST", "/api/upload?id=1", &json, body.as_bytes()).await);
    }
    let names = (0..20).fold(Form::new(), |form, _| form.file(&format!("?{}", "n".repeat(7000)), "x"));
    answers.push(server.post("", &names).await);
    let links = Form::new().file("a.txt", "x").field("ref", &long).field("refId", &long).field("field", &long);
    answers.push(server.post("", &links).await);
    for answer in answers {
        assert!(answer.text().len() <= crate::error::LARGEST, "{} bytes", answer.text().len());
    }
}

proptest! {
    /// The body of an error is bounded for all details.
    #[test]
    fn bodies_of_errors_are_bounded(pieces in proptest::collection::vec((".{0,300}", 0_usize..40), 0..30)) {
        let problem = |(text, repeats): &(String, usize)| InfoProblem {
            path: vec![text.clone(); *repeats],
            message: text.repeat(*repeats),
            value: Some(json!({ text.as_str(): vec![text.clone(); *repeats] })),
        };
        let error = HttpError::from(LibraryError::InvalidInfo(pieces.iter().map(problem).collect()));
        prop_assert!(error.into_response().into_body().size_hint().exact().unwrap() <= crate::error::LARGEST as u64);
    }
}
