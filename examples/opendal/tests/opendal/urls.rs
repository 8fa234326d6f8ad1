//! Plain and signed URLs.

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
async fn urls_without_a_base_url_are_paths() {
    let provider = provider(Path::new("/"), json!({ "service": "memory" })).await.unwrap();
    assert_eq!(provider.url(&File::at("a b")).await.unwrap(), "/a%20b");
}

/// The key of an account that does not exist.
const ACCOUNT_KEY: &str = include_str!("account_key.json");

#[tokio::test]
async fn private_urls_of_gcs_are_signed_for_the_requested_time() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("account_key.json");
    std::fs::write(&key, ACCOUNT_KEY).unwrap();
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
    assert_eq!(provider.url(&File::at("a b?.txt")).await.unwrap(), "/a%20b%3F.txt", "the plain URL is not signed");
}

#[tokio::test]
async fn every_signature_belongs_to_one_file_and_one_time() {
    let keys = |id: &str, secret: &str| json!({ "bucket": "media", id: "id", secret: "secret" });
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
            assert!(urls.insert(signature), "{service}: two URLs have the same signature: {}", signed.url);
        }
    }
}

#[tokio::test]
async fn signing_without_credentials_is_an_error() {
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
async fn private_is_refused_on_b2_whose_signatures_open_other_files() {
    let options = json!({
        "service": "b2",
        "private": true,
        "options": {
            "bucket": "media", "bucket_id": "1", "application_key_id": "id", "application_key": "secret",
        },
    });
    let error = provider(Path::new("/"), options).await.err().unwrap();
    assert!(error.message().contains("the service cannot sign URLs"), "{error}");
}

/// A SAS token opens the whole container for the lifetime of the token.
#[tokio::test]
async fn private_is_refused_on_azblob_whose_urls_contain_the_sas_token() {
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
async fn a_private_upload_is_refused_by_a_public_provider() {
    let provider = provider(Path::new("/"), json!({ "service": "memory" })).await.unwrap();
    let call = Call::new().with_private(true);
    let error = provider.upload(&File::at("a.txt"), "x".into(), &call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
