//! Signed URLs, as a service sees them that checks signatures.

use std::time::{Duration, SystemTime};

use longshore_dev_s3::DevS3;
use longshore_provider::{Body, Call, ErrorKind, File, Provider, SignOptions, serde_json::json};

use crate::setup::{at, get, init, options, provider_with, server};

fn private() -> longshore_provider::serde_json::Value {
    json!({ "s3Options": { "params": { "ACL": "private", "signedUrlExpires": 600 } } })
}

#[tokio::test]
async fn a_signed_url_reads_until_it_has_expired() {
    let server = server().await;
    let provider = provider_with(&server, private()).await;
    for key in ["a.txt", "dir/ä b+c%25?&=#.txt"] {
        let uploaded = provider.upload(&at(key), Body::from("bytes"), &Call::new()).await.unwrap();
        assert_eq!(get(&uploaded.url).await.0, 403);
        let signed = provider.get_signed_url(&File::stored(&uploaded.key), &SignOptions::default()).await.unwrap();
        assert!(signed.signed);
        assert_eq!(get(&signed.url).await, (200, b"bytes".to_vec()), "{}", signed.url);
        let left = signed.expires_at.unwrap().duration_since(SystemTime::now()).unwrap();
        assert!(left <= Duration::from_mins(10) && left > Duration::from_secs(500));
        let other = signed.url.replace(".txt", ".txd");
        assert_eq!(get(&other).await.0, 403);
    }
    let short = SignOptions::expires(Duration::from_secs(1));
    let signed = provider.get_signed_url(&at("a.txt"), &short).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(get(&signed.url).await.0, 403);
}

#[tokio::test]
async fn response_headers_are_part_of_the_signature() {
    let server = server().await;
    let provider = provider_with(&server, private()).await;
    provider.upload(&at("a.txt"), Body::from("bytes"), &Call::new()).await.unwrap();
    let mut sign = SignOptions::default();
    let options =
        json!({ "ResponseContentDisposition": "attachment; filename=\"ä.txt\"", "ResponseCacheControl": "no-store" });
    sign.action_options = options.as_object().unwrap().clone();
    let signed = provider.get_signed_url(&at("a.txt"), &sign).await.unwrap();
    assert_eq!(get(&signed.url).await.0, 200, "{}", signed.url);
    assert!(signed.url.contains("&response-content-disposition=attachment"));
    sign.action_options = json!({ "CacheControl": "no-store" }).as_object().unwrap().clone();
    let error = provider.get_signed_url(&at("a.txt"), &sign).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_session_token_is_part_of_everything() {
    let server = DevS3::builder().bucket("media").session_credentials("ASIAID", "the-secret", "the/token+=").start();
    let server = server.await.unwrap();
    let session = json!({ "s3Options": {
        "credentials": { "accessKeyId": "ASIAID", "secretAccessKey": "the-secret", "sessionToken": "the/token+=" },
        "params": { "ACL": "private" },
    } });
    let provider = provider_with(&server, session).await;
    provider.upload(&at("a.txt"), Body::from("bytes"), &Call::new()).await.unwrap();
    let signed = provider.get_signed_url(&at("a.txt"), &SignOptions::default()).await.unwrap();
    assert_eq!(get(&signed.url).await, (200, b"bytes".to_vec()));
}

#[tokio::test]
async fn a_file_is_signed_by_its_key_and_a_foreign_url_stays() {
    let server = server().await;
    let provider = provider_with(&server, private()).await;
    let mut file = File::named("hash", ".png");
    let sign = SignOptions::default();
    file.url = Some("https://elsewhere.example.com/media/hash.png".into());
    let foreign = provider.get_signed_url(&file, &sign).await.unwrap();
    assert_eq!((foreign.url, foreign.signed), (file.url.clone().unwrap(), false));
    file.url = Some(format!("{}/media/hash.png", server.endpoint()));
    assert!(provider.get_signed_url(&file, &sign).await.unwrap().signed);
    file.url = Some("https://elsewhere.example.com/media/hash.png".into());
    file.key = Some("moved/hash.png".into());
    let signed = provider.get_signed_url(&file, &sign).await.unwrap();
    assert!(signed.url.starts_with(&format!("{}/media/moved/hash.png?", server.endpoint())));
}

#[tokio::test]
async fn with_a_base_url_nothing_is_signed() {
    let server = server().await;
    let mut options = options(&server, private());
    options["baseUrl"] = json!("https://cdn.example.com/");
    let provider = init(options).await.unwrap();
    let signed = provider.get_signed_url(&at("a b.txt"), &SignOptions::default()).await.unwrap();
    assert_eq!((signed.url.as_str(), signed.signed), ("https://cdn.example.com/a%20b.txt", false));
}

#[tokio::test]
async fn a_host_in_upper_case_is_signed_as_clients_send_it() {
    let server = server().await;
    let mut options = options(&server, private());
    let port = server.endpoint().rsplit_once(':').unwrap().1.to_owned();
    options["publicEndpoint"] = json!(format!("http://LocalHost:{port}"));
    let provider = init(options).await.unwrap();
    provider.upload(&at("A.txt"), Body::from("bytes"), &Call::new()).await.unwrap();
    let signed = provider.get_signed_url(&at("A.txt"), &SignOptions::default()).await.unwrap();
    assert!(signed.url.starts_with(&format!("http://localhost:{port}/media/A.txt?")), "{}", signed.url);
    assert_eq!(get(&signed.url).await, (200, b"bytes".to_vec()));
}

#[tokio::test]
async fn a_public_endpoint_stands_in_urls_and_is_what_is_signed_for() {
    let server = server().await;
    let mut options = options(&server, private());
    let port = server.endpoint().rsplit_once(':').unwrap().1.to_owned();
    options["publicEndpoint"] = json!(format!("http://localhost:{port}"));
    let provider = init(options).await.unwrap();
    let uploaded = provider.upload(&at("a.txt"), Body::from("bytes"), &Call::new()).await.unwrap();
    assert_eq!(uploaded.url, format!("http://localhost:{port}/media/a.txt"));
    let signed = provider.get_signed_url(&at("a.txt"), &SignOptions::default()).await.unwrap();
    assert!(signed.url.starts_with(&format!("{}?", uploaded.url)));
    assert_eq!(get(&signed.url).await, (200, b"bytes".to_vec()));
}
