//! Listing files.

use longshore_media_library::FindQuery;
use serde_json::{Value, json};

use super::server::{Form, TestServer};

async fn with_files(count: usize) -> TestServer {
    let server = TestServer::open().await;
    for from in (0..count).step_by(20) {
        let names = (from..count.min(from + 20)).map(|index| format!("file {index:03}.txt"));
        let form = names.fold(Form::new(), |form, name| form.file(&name, "x"));
        server.post("", &form).await.expect(201);
    }
    server
}

fn names(files: &Value) -> Vec<&str> {
    files.as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn files_are_filtered_sorted_and_limited() {
    let server = with_files(5).await;
    for (query, expected) in [
        ("", &[0, 1, 2, 3, 4][..]),
        ("?sort=name:desc&limit=2", &[4, 3]),
        ("?start=3", &[3, 4]),
        ("?start=1&limit=2", &[1, 2]),
        ("?limit=0", &[0, 1, 2, 3, 4]),
        ("?start=99", &[]),
        ("?pagination[page]=1&pagination[pageSize]=1", &[0, 1, 2, 3, 4]),
        ("?filters%5Bname%5D%5B%24contains%5D=003", &[3]),
        ("?filters[id][$in][0]=1&filters[id][$in][1]=5&sort[0]=id%3Adesc", &[4, 0]),
        ("?filters[$or][0][id]=2&filters[$or][1][name][$endsWith]=4.txt", &[1, 4]),
        ("?filters[id][$gt]=3&filters[$not][name]=file+004.txt", &[3]),
        ("?_q=002", &[2]),
        ("?filters[caption]=x", &[]),
        ("?locale=en&status=draft&populate=*&foo=bar", &[0, 1, 2, 3, 4]),
    ] {
        let files = server.get(&format!("/api/upload/files{query}")).await.expect(200).json();
        let expected: Vec<String> = expected.iter().map(|index| format!("file {index:03}.txt")).collect();
        assert_eq!(names(&files), expected, "{query}");
    }
}

#[tokio::test]
async fn fields_are_chosen() {
    let server = with_files(1).await;
    let file = server.get("/api/upload/files?fields=url,name").await.expect(200).json()[0].clone();
    let mut keys: Vec<&String> = file.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["documentId", "id", "isUrlSigned", "name", "url"]);
}

#[tokio::test]
async fn pages_say_what_they_are() {
    let server = with_files(5).await;
    for (query, count, pagination) in [
        ("", 5, json!({ "page": 1, "pageSize": 25, "pageCount": 1, "total": 5 })),
        (
            "?pagination[page]=2&pagination[pageSize]=2",
            2,
            json!({ "page": 2, "pageSize": 2, "pageCount": 3, "total": 5 }),
        ),
        (
            "?pagination[page]=9&pagination[pageSize]=2",
            0,
            json!({ "page": 9, "pageSize": 2, "pageCount": 3, "total": 5 }),
        ),
        ("?pagination[pageSize]=1000000000", 5, json!({ "page": 1, "pageSize": 100, "pageCount": 1, "total": 5 })),
        ("?pagination[start]=4&pagination[limit]=3", 1, json!({ "start": 4, "limit": 3, "total": 5 })),
        ("?pagination[withCount]=false", 5, json!({ "page": 1, "pageSize": 25 })),
        (
            "?filters[name][$contains]=00&filters[id][$lt]=3",
            2,
            json!({ "page": 1, "pageSize": 25, "pageCount": 1, "total": 2 }),
        ),
    ] {
        let page = server.get(&format!("/api/upload/files/page{query}")).await.expect(200).json();
        assert_eq!(page["data"].as_array().unwrap().len(), count, "{query}");
        assert_eq!(page["meta"], json!({ "pagination": pagination }), "{query}");
    }
}

#[tokio::test]
async fn a_long_list_is_streamed_and_complete() {
    let server = with_files(600).await;
    let answer = server.get("/api/upload/files").await.expect(200);
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    let expected: Vec<String> = (0..600).map(|index| format!("file {index:03}.txt")).collect();
    assert_eq!(names(&answer.json()), expected);
    let answer = server.get("/api/upload/files?sort=name:desc&fields=name&limit=512").await.expect(200);
    let files = answer.json();
    assert_eq!((names(&files).len(), names(&files)[0]), (512, "file 599.txt"));
    assert_eq!(server.library.count(&FindQuery::default()).await.unwrap(), 600);
}

#[tokio::test]
async fn head_goes_where_get_goes() {
    let server = with_files(1).await;
    for path in ["/api/upload/files", "/api/upload/files/page", "/api/upload/files/1"] {
        let (get, head) = (server.get(path).await, server.request("HEAD", path, &[], b"").await);
        assert_eq!((head.status, head.header("content-length")), (get.status, get.header("content-length")), "{path}");
    }
    assert_eq!(server.request("HEAD", "/api/upload/files/9", &[], b"").await.status, 404);
    assert_eq!(server.request("HEAD", "/api/upload", &[], b"").await.status, 404);
}
