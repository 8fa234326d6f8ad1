//! Uploading, replacing, updating and removing files.

use serde_json::{Value, json};

use super::{
    provider::{FakeBehavior, refusal},
    server::{CONTENT_TYPE, Form, TestServer},
};

#[tokio::test]
async fn uploaded_files_are_answered_as_there() {
    let server = TestServer::open().await;
    let form = Form::new()
        .file("a.txt", "hello")
        .file("My Photo é.txt", "world!")
        .field("fileInfo", r#"{"caption":"one"}"#)
        .field("fileInfo", r#"{"name":"two.txt","alternativeText":"alt"}"#);
    let answer = server.post("", &form).await.expect(201);
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    let files = answer.json();
    let first = files[0].as_object().unwrap();
    let keys: Vec<&str> = first.keys().map(String::as_str).collect();
    let expected = "id documentId name alternativeText caption focalPoint width height formats hash ext mime size url \
                    previewUrl provider provider_metadata createdAt updatedAt publishedAt isUrlSigned";
    assert_eq!(keys, expected.split(' ').collect::<Vec<_>>());
    assert_eq!((&first["id"], &first["name"], &first["caption"]), (&json!(1), &json!("a.txt"), &json!("one")));
    assert_eq!(
        (&first["size"], &first["mime"], &first["provider"]),
        (&json!(0.01), &json!("text/plain"), &json!("local"))
    );
    assert_eq!((&first["ext"], &first["isUrlSigned"]), (&json!(".txt"), &json!(false)));
    let second = files[1].as_object().unwrap();
    assert_eq!((&second["name"], &second["alternativeText"]), (&json!("two.txt"), &json!("alt")));
    let (url, hash) = (second["url"].as_str().unwrap(), second["hash"].as_str().unwrap());
    assert_eq!(url, format!("/uploads/{hash}.txt"));
    assert_eq!(server.get(url).await.expect(200).text(), "world!");
}

#[tokio::test]
async fn fields_count_wherever_they_stand() {
    let server = TestServer::open().await;
    let said = |form: Form| {
        form.field("path", "/foo/../bar//").field("fileInfo", r#"{"name":"n.txt","focalPoint":{"x":"50","y":10.5}}"#)
    };
    for form in [said(Form::new()).file("a.txt", "x"), said(Form::new().file("a.txt", "x"))] {
        let file = server.post("", &form).await.expect(201).json()[0].clone();
        assert_eq!((&file["name"], &file["focalPoint"]), (&json!("n.txt"), &json!({ "x": 50, "y": 10.5 })));
        assert!(file["url"].as_str().unwrap().starts_with("/uploads/foo/bar/n_"), "{file}");
    }
}

#[tokio::test]
async fn a_large_file_flows_and_a_late_path_is_refused() {
    let server = TestServer::open().await;
    let content: Vec<u8> = (0..3_000_000_u32).map(|index| (index % 251) as u8).collect();
    let file = || Form::new().file("big file.bin", &content);
    let late = file().field("path", "somewhere");
    let message = "`path` came after a file that was already being stored: send it first";
    server.post("", &late).await.error(400, "ValidationError", message);
    server.nothing_is_left().await;
    let info = file().field("fileInfo", r#"{"name":"shown.bin","caption":"c"}"#).field("path", "");
    let stored = server.post("", &info).await.expect(201).json()[0].clone();
    assert_eq!(
        (&stored["name"], &stored["caption"], &stored["size"]),
        (&json!("shown.bin"), &json!("c"), &json!(3000))
    );
    assert!(stored["hash"].as_str().unwrap().starts_with("big_file_"), "{stored}");
    assert_eq!(server.provider.only(), content);
}

#[tokio::test]
async fn information_is_updated_by_form_json_and_text() {
    let server = TestServer::open().await;
    server.post("", &Form::new().file("a.txt", "x").field("fileInfo", r#"{"caption":"0"}"#)).await.expect(201);
    let caption = |answer: super::client::Answer| answer.expect(200).json()["caption"].clone();
    let form = Form::new().field("fileInfo", r#"{"caption":"1"}"#);
    assert_eq!(caption(server.post("?id=1", &form).await), "1");
    for (content_type, body, expected) in [
        ("application/json", r#"{"fileInfo":{"caption":2}}"#, "2"),
        ("application/json; charset=utf-8", r#"{"fileInfo":"{\"caption\":\"3\"}"}"#, "3"),
        ("application/x-www-form-urlencoded", "fileInfo[caption]=4", "4"),
        ("application/x-www-form-urlencoded", "fileInfo=%7B%22caption%22%3A%225%22%7D", "5"),
        ("application/json", r#"{"fileInfo":{"caption":null}}"#, "5"),
        ("application/json", "{}", "5"),
        ("application/json", "", "5"),
        ("text/plain", "hello", "5"),
        ("application/json", r#"{"fileInfo":{"caption":""}}"#, ""),
    ] {
        let headers = [("Content-Type", content_type)];
        let answer = server.request("POST", "/api/upload?id=1", &headers, body.as_bytes()).await;
        assert_eq!(caption(answer), expected, "{content_type} {body}");
    }
    // A file without content counts as no file.
    for (name, said) in [("b.txt", "6"), ("", "7")] {
        let form = Form::new().file(name, "").field("fileInfo", &format!(r#"{{"caption":"{said}"}}"#));
        assert_eq!(caption(server.post("?id=1", &form).await), said, "{name}");
    }
    assert_eq!(server.provider.only(), "x");
}

#[tokio::test]
async fn a_file_is_replaced_under_its_url() {
    let server = TestServer::open().await;
    let before = server.post("", &Form::new().file("a.txt", "old")).await.expect(201).json()[0].clone();
    let document = before["documentId"].as_str().unwrap();
    for (query, content) in [("?id=1".to_owned(), "new".to_owned()), (format!("?id={document}"), "x".repeat(500_000))] {
        let form = Form::new().field("fileInfo", r#"{"caption":"c"}"#).file("b.txt", &content);
        let after = server.post(&query, &form).await.expect(200).json();
        assert_eq!((&after["id"], &after["url"], &after["hash"]), (&before["id"], &before["url"], &before["hash"]));
        assert_eq!((&after["name"], &after["caption"]), (&json!("b.txt"), &json!("c")));
        assert_eq!(server.provider.only(), content);
    }
}

#[tokio::test]
async fn both_ids_address_a_file() {
    let server = TestServer::open().await;
    let file = server.post("", &Form::new().file("a.txt", "x")).await.expect(201).json()[0].clone();
    let document = file["documentId"].as_str().unwrap();
    for id in ["1", "01", document] {
        assert_eq!(server.get(&format!("/api/upload/files/{id}")).await.expect(200).json(), file, "{id}");
    }
    let path = format!("/api/upload?id={document}");
    let json = [("Content-Type", "application/json")];
    let update = server.request("POST", &path, &json, br#"{"fileInfo":{"caption":"c"}}"#).await;
    assert_eq!(update.expect(200).json()["caption"], "c");
    let removed = server.delete(&format!("/api/upload/files/{document}")).await.expect(200).json();
    assert_eq!(removed["documentId"], file["documentId"]);
    server.nothing_is_left().await;
}

#[tokio::test]
async fn paths_are_in_any_case_and_may_end_in_a_slash() {
    let server = TestServer::open().await;
    let form = Form::new().file("a.txt", "x").bytes();
    server.request("POST", "/API/Upload/", &[CONTENT_TYPE], &form).await.expect(201);
    for path in ["/api/upload/files/", "/api/upload/FILES", "/Api/Upload/Files/?limit=1"] {
        assert_eq!(server.get(path).await.expect(200).json().as_array().unwrap().len(), 1, "{path}");
    }
    server.get("/api/upload/files/1/").await.expect(200);
}

#[tokio::test]
async fn urls_of_a_private_provider_are_signed_once() {
    let server = TestServer::open().await;
    server.provider.behave(FakeBehavior { private: true, ..FakeBehavior::default() });
    let uploaded = server.post("", &Form::new().file("a.txt", "x")).await.expect(201).json()[0].clone();
    let hash = uploaded["hash"].as_str().unwrap();
    let signed = |file: &Value| {
        assert_eq!(file["url"], format!("https://signed.test/{hash}.txt"));
        assert_eq!(file["isUrlSigned"], true);
    };
    signed(&uploaded);
    signed(&server.get("/api/upload/files").await.expect(200).json()[0]);
    signed(&server.get("/api/upload/files?fields=url").await.expect(200).json()[0]);
    signed(&server.get("/api/upload/files/page").await.expect(200).json()["data"][0]);
    signed(&server.get("/api/upload/files/1").await.expect(200).json());
    signed(&server.post("?id=1", &Form::new().field("fileInfo", "{}")).await.expect(200).json());
    signed(&server.post("?id=1", &Form::new().file("a.txt", "y")).await.expect(200).json());
    signed(&server.delete("/api/upload/files/1").await.expect(200).json());
}

#[tokio::test]
async fn a_signature_that_fails_does_not_make_a_change_undone() {
    let server = TestServer::open().await;
    server.provider.behave(FakeBehavior { private: true, fails_to_sign: Some(refusal()), ..FakeBehavior::default() });
    let unsigned = |file: &Value| {
        assert_eq!(file["isUrlSigned"], false);
        assert!(file["url"].as_str().unwrap().starts_with("/uploads/a_"), "{file}");
    };
    unsigned(&server.post("", &Form::new().file("a.txt", "x")).await.expect(201).json()[0]);
    server.get("/api/upload/files/1").await.expect(500);
    unsigned(&server.post("?id=1", &Form::new().field("fileInfo", r#"{"caption":"c"}"#)).await.expect(200).json());
    unsigned(&server.post("?id=1", &Form::new().file("b.txt", "y")).await.expect(200).json());
    unsigned(&server.delete("/api/upload/files/1").await.expect(200).json());
    server.nothing_is_left().await;
}

#[tokio::test]
async fn file_info_is_read_from_a_blob_and_from_fields_with_brackets() {
    let server = TestServer::open().await;
    let blob = "name=\"fileInfo\"; filename=\"blob\"\r\nContent-Type: application/json";
    let form = Form::new().part(blob, r#"{"caption":"one"}"#).file("a.txt", "x");
    assert_eq!(server.post("", &form).await.expect(201).json()[0]["caption"], "one");
    let form = Form::new().field("fileInfo[caption]", "two").field("fileInfo[focalPoint][x]", "1");
    let form = form.field("fileInfo[focalPoint][y]", "2").file("a.txt", "x");
    let file = server.post("", &form).await.expect(201).json()[0].clone();
    assert_eq!((&file["caption"], &file["focalPoint"]), (&json!("two"), &json!({ "x": 1, "y": 2 })));
    let form = Form::new().file("a.txt", "x").file("b.txt", "y").field("fileInfo[1][caption]", "three");
    let form = form.field("fileInfo[0][caption]", "four");
    let files = server.post("", &form).await.expect(201).json();
    assert_eq!((&files[0]["caption"], &files[1]["caption"]), (&json!("four"), &json!("three")));
    let form = Form::new().field("fileInfo[caption]", "five");
    assert_eq!(server.post("?id=1", &form).await.expect(200).json()["caption"], "five");
}

#[tokio::test]
async fn an_unfilled_file_input_is_no_file() {
    let server = TestServer::open().await;
    let unfilled = "name=\"files\"; filename=\"\"\r\nContent-Type: application/octet-stream";
    let form = Form::new().part(unfilled, "").file("a.txt", "x").part(unfilled, "");
    assert_eq!(server.post("", &form).await.expect(201).json().as_array().unwrap().len(), 1);
    let only = Form::new().part(unfilled, "").field("fileInfo", r#"{"caption":"c"}"#);
    server.post("", &only).await.error(400, "ValidationError", "Files are empty");
    assert_eq!(server.post("?id=1", &only).await.expect(200).json()["caption"], "c");
    // A file with content but without a name is an error, and is not silently dropped.
    let nameless = Form::new().part(unfilled, "x");
    server.post("", &nameless).await.error(400, "ApplicationError", "File name contains invalid characters");
}

#[tokio::test]
async fn a_file_name_that_cannot_be_decoded_is_refused() {
    let server = TestServer::open().await;
    let form = Form::new().part("name=\"files\"; filename*=UTF-8''%FF", "x");
    let answer = server.post("", &form).await.expect(400);
    assert!(answer.text().contains("`filename*` cannot be decoded"), "{}", answer.text());
    server.nothing_is_left().await;
}

#[tokio::test]
async fn ids_are_decimal() {
    let server = TestServer::open().await;
    server.post("", &Form::new().file("a.txt", "x")).await.expect(201);
    for id in ["0x1", "0b1", "0o1", "1e0", "1.0", "+1", "-1", "%201", "99999999999999999999"] {
        server.get(&format!("/api/upload/files/{id}")).await.expect(404);
        server.delete(&format!("/api/upload/files/{id}")).await.expect(404);
        server.post(&format!("?id={id}"), &Form::new()).await.expect(404);
    }
    server.delete("/api/upload/files/1").await.expect(200);
}
