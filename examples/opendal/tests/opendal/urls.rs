//! URLs: plain ones, and signed ones where the service can.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use longshore_provider::{Call, ErrorKind, File, Provider, SignOptions, serde_json::json};

use crate::provider;

#[tokio::test]
async fn public_urls_begin_with_the_base_url() {
    let options = json!({ "service": "memory", "rootPath": "r", "baseUrl": "https://cdn.example.org/media/" });
    let provider = provider(Path::new("/"), options).await.unwrap();
    let uploaded = provider.upload(&File::at("a b#1.txt"), "x".into(), &Call::new()).await.unwrap();
    assert_eq!(uploaded.url, "https://cdn.example.org/media/r/a%20b%231.txt");
    let signed = provider.get_signed_url(&File::at("a b#1.txt"), &SignOptions::default()).await.unwrap();
    assert_eq!((signed.url, signed.signed), (uploaded.url, false));
}

#[tokio::test]
async fn without_a_base_url_they_are_paths() {
    let provider = provider(Path::new("/"), json!({ "service": "memory" })).await.unwrap();
    assert_eq!(provider.url(&File::at("a b")).await.unwrap(), "/a%20b");
}

/// The key of an account that never was.
const NOBODY: &str = include_str!("nobody.json");

#[tokio::test]
async fn a_service_that_can_sign_is_private_when_it_shall_be() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("nobody.json");
    std::fs::write(&key, NOBODY).unwrap();
    let options = json!({
        "service": "gcs",
        "private": true,
        "options": { "bucket": "media", "credential_path": key, "disable_vm_metadata": "true" },
    });
    let provider = provider(Path::new("/"), options).await.unwrap();
    assert!(provider.is_private().await.unwrap());
    let minute = SignOptions::expires(Duration::from_mins(1));
    let signed = provider.get_signed_url(&File::at("a b?.txt"), &minute).await.unwrap();
    assert!(signed.signed, "{}", signed.url);
    for part in ["https://storage.googleapis.com/media/a%20b%3F.txt?", "X-Goog-Expires=60", "X-Goog-Signature="] {
        assert!(signed.url.contains(part), "{part} in {}", signed.url);
    }
    let left = signed.expires_at.unwrap().duration_since(SystemTime::now()).unwrap();
    assert!(left <= Duration::from_mins(1));
    assert_eq!(
        provider.url(&File::at("a b?.txt")).await.unwrap(),
        "/a%20b%3F.txt",
        "the plain URL is no signed one"
    );
}

#[tokio::test]
async fn services_that_sign_do_so_for_one_file_and_one_time() {
    let keys = |id: &str, secret: &str| json!({ "bucket": "media", id: "nobody", secret: "nothing" });
    for (service, endpoint, mut options) in [
        ("cos", "https://cos.ap-singapore.myqcloud.com", keys("secret_id", "secret_key")),
        ("obs", "https://obs.eu-west-101.myhuaweicloud.eu", keys("access_key_id", "secret_access_key")),
        ("oss", "https://oss-eu-central-1.aliyuncs.com", keys("access_key_id", "access_key_secret")),
        ("s3", "https://s3.eu-central-1.amazonaws.com", keys("access_key_id", "secret_access_key")),
        ("tos", "https://tos-ap-southeast-1.bytepluses.com", keys("access_key_id", "secret_access_key")),
        ("swift", "https://swift.example.org/v1/media", json!({ "container": "media", "temp_url_key": "nothing" })),
    ] {
        options["endpoint"] = endpoint.into();
        if matches!(service, "s3" | "tos") {
            options["region"] = "eu-central-1".into();
        }
        let options = json!({ "service": service, "private": true, "options": options });
        let provider = provider(Path::new("/"), options).await.unwrap_or_else(|error| panic!("{service}: {error:?}"));
        let mut urls = std::collections::BTreeSet::new();
        for (key, minutes) in [("a b?.txt", 1), ("a b?.txt", 60), ("a b?.txt2", 1)] {
            let until = SignOptions::expires(Duration::from_mins(minutes));
            let signed = provider.get_signed_url(&File::at(key), &until).await;
            let signed = signed.unwrap_or_else(|error| panic!("{service}: {error:?}"));
            assert!(signed.signed && signed.url.contains("/a%20b%3F.txt"), "{service}: {}", signed.url);
            let signature = signed.url.split_once('?').unwrap().1.to_owned();
            assert!(urls.insert(signature), "{service} signs in the same way: {}", signed.url);
        }
    }
}

#[tokio::test]
async fn a_service_without_credentials_hands_out_no_url_as_signed() {
    let options = json!({
        "service": "s3",
        "private": true,
        "options": { "bucket": "media", "region": "eu-central-1", "skip_signature": "true" },
    });
    let provider = provider(Path::new("/"), options).await.unwrap();
    let error = provider.get_signed_url(&File::at("a.txt"), &SignOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_service_whose_signature_opens_neighbours_is_not_private() {
    let options = json!({
        "service": "b2",
        "private": true,
        "options": {
            "bucket": "media", "bucket_id": "1", "application_key_id": "nobody", "application_key": "nothing",
        },
    });
    let error = provider(Path::new("/"), options).await.err().unwrap();
    assert!(error.message().contains("the service cannot sign URLs"), "{error}");
}

/// A token of Azure opens the whole container, and for as long as it was made for.
#[tokio::test]
async fn a_service_that_would_hand_out_its_own_token_is_not_private() {
    let options = json!({
        "service": "azblob",
        "private": true,
        "options": {
            "container": "media",
            "endpoint": "https://account.blob.core.windows.net",
            "account_name": "account",
            "sas_token": "sv=2024-11-04&sig=c2lnbmF0dXJl",
        },
    });
    let error = provider(Path::new("/"), options).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidOptions);
    assert!(error.message().contains("the service cannot sign URLs"), "{error}");
}

#[tokio::test]
async fn what_must_be_private_is_refused_where_files_are_public() {
    let provider = provider(Path::new("/"), json!({ "service": "memory" })).await.unwrap();
    let call = Call::new().with_private(true);
    let error = provider.upload(&File::at("a.txt"), "x".into(), &call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
