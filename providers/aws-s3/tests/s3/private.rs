//! Private means private.

use longshore_dev_s3::Acl;
use longshore_provider::{Call, Provider, serde_json::json};

use crate::setup::{MIB, at, chunked, content, get, provider_with, server};

#[tokio::test]
async fn a_private_file_never_gets_a_public_acl() {
    let server = server().await;
    for (acl, action) in [
        ("public-read", json!({})),
        ("authenticated-read", json!({})),
        ("private", json!({ "ACL": "public-read" })),
        ("none", json!({ "ACL": "public-read-write" })),
    ] {
        let provider = provider_with(&server, json!({ "s3Options": { "params": { "ACL": acl } } })).await;
        let call = Call::new().with_private(true).with_action_options(action.as_object().unwrap().clone());
        for (key, length) in [("small", 10), ("large", 6 * MIB)] {
            let uploaded = provider.upload(&at(key), chunked(&content(length), None), &call).await.unwrap();
            assert_eq!(server.object("media", key).unwrap().acl(), Acl::Private, "{acl}, {action}");
            assert_eq!(get(&uploaded.url).await.0, 403);
            let replaced = provider.replace(&at(key), &at(key), chunked(&content(length), None), &call).await.unwrap();
            assert_eq!(get(&replaced.url).await.0, 403);
        }
    }
}

#[tokio::test]
async fn a_private_acl_is_enough_by_itself() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "s3Options": { "params": { "ACL": "private" } } })).await;
    assert!(provider.is_private().await.unwrap());
    let options = json!({ "ACL": "public-read" });
    let call = Call::new().with_action_options(options.as_object().unwrap().clone());
    provider.upload(&at("a"), chunked(&content(10), None), &call).await.unwrap();
    assert_eq!(server.object("media", "a").unwrap().acl(), Acl::Private);
}

#[tokio::test]
async fn an_acl_for_the_owner_of_the_bucket_stays() {
    let server = server().await;
    let acl = json!({ "s3Options": { "params": { "ACL": "bucket-owner-full-control" } } });
    let provider = provider_with(&server, acl).await;
    provider.upload(&at("a"), chunked(&content(10), None), &Call::new().with_private(true)).await.unwrap();
    assert_eq!(server.object("media", "a").unwrap().acl(), Acl::BucketOwnerFullControl);
}

#[tokio::test]
async fn without_an_acl_files_are_public_as_ever() {
    let server = server().await;
    let provider = provider_with(&server, json!({ "s3Options": { "params": { "ACL": null } } })).await;
    provider.upload(&at("a"), chunked(&content(10), None), &Call::new()).await.unwrap();
    assert_eq!(server.object("media", "a").unwrap().acl(), Acl::PublicRead);
}
