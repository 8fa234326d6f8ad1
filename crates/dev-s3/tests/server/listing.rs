//! Listings by prefix, delimiter and page.

use crate::support::{Answer, Call, Client, get, path, put, start};

const KEYS: [&str; 7] = ["a", "b/1", "b/2", "b/c/3", "b0", "z", "ä&<b"];

async fn filled() -> (longshore_dev_s3::Server, Client) {
    let (server, client) = start().await;
    for key in KEYS {
        client.send(put(&path("media", key), "x")).await;
    }
    (server, client)
}

fn list() -> Call {
    get("/media").query("list-type", "2")
}

/// Keys and common prefixes of an answer.
fn found(answer: &Answer) -> (Vec<String>, Vec<String>) {
    let text = |text: &str| text.replace("&lt;", "<").replace("&amp;", "&");
    let keys = answer.elements("Key").into_iter().map(text).collect();
    let prefixes = answer.elements("CommonPrefixes").into_iter();
    let prefixes = prefixes.map(|inner| inner.replace("<Prefix>", "").replace("</Prefix>", "")).collect();
    (keys, prefixes)
}

#[tokio::test]
async fn all_keys_are_listed_in_order() {
    let (_server, client) = filled().await;
    let answer = client.send(list()).await;
    assert_eq!(found(&answer).0, KEYS);
    assert_eq!((answer.element("KeyCount"), answer.element("IsTruncated")), (Some("7"), Some("false")));
    assert_eq!(answer.elements("Size"), ["1"; 7]);
    assert_eq!(found(&client.send(get("/media")).await).0, KEYS, "the first version of the listing");
}

#[tokio::test]
async fn prefix_and_delimiter_show_one_level() {
    let (_server, client) = filled().await;
    let root = client.send(list().query("delimiter", "/")).await;
    assert_eq!(found(&root), (vec!["a".into(), "b0".into(), "z".into(), "ä&<b".into()], vec!["b/".into()]));
    let below = client.send(list().query("delimiter", "/").query("prefix", "b/")).await;
    assert_eq!(found(&below), (vec!["b/1".into(), "b/2".into()], vec!["b/c/".into()]));
    let partly = client.send(list().query("prefix", "b")).await;
    assert_eq!(found(&partly).0, ["b/1", "b/2", "b/c/3", "b0"]);
    let nothing = client.send(list().query("prefix", "none")).await;
    assert_eq!(found(&nothing), (vec![], vec![]));
}

#[tokio::test]
async fn pages_together_are_the_whole() {
    let (_server, client) = filled().await;
    for size in 1..=8 {
        for delimiter in ["", "/"] {
            let (mut keys, mut prefixes, mut token) = (Vec::new(), Vec::new(), None::<String>);
            loop {
                let mut call = list().query("max-keys", &size.to_string()).query("delimiter", delimiter);
                if let Some(token) = &token {
                    call = call.query("continuation-token", token);
                }
                let answer = client.send(call).await;
                assert_eq!(answer.status, 200);
                let (more, more_prefixes) = found(&answer);
                assert!(more.len() + more_prefixes.len() <= size);
                keys.extend(more);
                prefixes.extend(more_prefixes);
                token = answer.element("NextContinuationToken").map(str::to_owned);
                assert_eq!(answer.element("IsTruncated"), Some(if token.is_some() { "true" } else { "false" }));
                if token.is_none() {
                    break;
                }
            }
            if delimiter.is_empty() {
                assert_eq!(keys, KEYS, "pages of {size}");
            } else {
                assert_eq!((keys.len(), prefixes.as_slice()), (4, ["b/".to_owned()].as_slice()), "pages of {size}");
            }
        }
    }
}

#[tokio::test]
async fn listing_begins_behind_a_key() {
    let (_server, client) = filled().await;
    let answer = client.send(list().query("start-after", "b/2")).await;
    assert_eq!(found(&answer).0, ["b/c/3", "b0", "z", "ä&<b"]);
    let within = client.send(list().query("start-after", "b/1").query("delimiter", "/").query("max-keys", "1")).await;
    assert_eq!(found(&within).1, ["b/"], "what is left of a common prefix shows it");
    let none = client.send(list().query("max-keys", "0")).await;
    assert_eq!((found(&none).0.len(), none.element("IsTruncated")), (0, Some("false")));
    let wrong = client.send(list().query("continuation-token", "!")).await;
    assert_eq!(wrong.outcome(), (400, "InvalidArgument"));
}

#[tokio::test]
async fn keys_are_encoded_with_encoding_type_url() {
    let (_server, client) = filled().await;
    let answer = client.send(list().query("encoding-type", "url").query("prefix", "ä")).await;
    assert_eq!(answer.elements("Key"), ["%C3%A4%26%3Cb"]);
}

#[tokio::test]
async fn open_uploads_are_listed_by_prefix_and_page() {
    let (_server, client) = start().await;
    let mut ids = Vec::new();
    for key in ["a", "a", "b/1", "c"] {
        let answer = client.send(Call::new("POST", &path("media", key)).query("uploads", "")).await;
        ids.push(answer.element("UploadId").unwrap().to_owned());
    }
    let uploads = || get("/media").query("uploads", "");
    let all = client.send(uploads()).await;
    assert_eq!(
        (all.elements("Key"), all.elements("UploadId")),
        (vec!["a", "a", "b/1", "c"], ids.iter().map(String::as_str).collect())
    );
    let some = client.send(uploads().query("prefix", "b")).await;
    assert_eq!(some.elements("UploadId"), [ids[2].as_str()]);
    let level = client.send(uploads().query("delimiter", "/")).await;
    assert_eq!(found(&level), (vec!["a".into(), "a".into(), "c".into()], vec!["b/".into()]));

    let page = client.send(uploads().query("max-uploads", "1")).await;
    assert_eq!((page.elements("UploadId"), page.element("IsTruncated")), (vec![ids[0].as_str()], Some("true")));
    let next = uploads()
        .query("key-marker", page.element("NextKeyMarker").unwrap())
        .query("upload-id-marker", page.element("NextUploadIdMarker").unwrap());
    assert_eq!(client.send(next).await.elements("UploadId"), ids[1..].iter().map(String::as_str).collect::<Vec<_>>());
    let behind = client.send(uploads().query("key-marker", "a")).await;
    assert_eq!(behind.elements("Key"), ["b/1", "c"]);
}
