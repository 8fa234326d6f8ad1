//! What stands in `providerOptions`.

use std::path::Path;

use longshore_provider::{
    ErrorKind,
    serde_json::{Value, json},
};

use crate::provider;

async fn refused(options: Value) -> String {
    let error = provider(Path::new("/"), options).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidOptions, "{error:?}");
    format!("{error:?}")
}

#[tokio::test]
async fn a_service_that_is_not_built_in_is_refused_with_those_that_are() {
    let text = refused(json!({ "service": "s4" })).await;
    let expected = "providerOptions.service has to be one of those that this library was built with: aliyun-drive, \
                    azblob, azdls, azfile, b2, cos, cosn, dropbox, file, fs, gcs, gdrive, koofr, memory, obs, onedrive, \
                    oss, pcloud, s3, seafile, sftp, swift, tos, upyun, vercel-blob, webdav, webhdfs, yandex-disk";
    assert!(text.contains(expected), "{text}");
}

#[tokio::test]
async fn an_option_that_the_service_does_not_know_is_refused_with_those_that_it_does() {
    let text = refused(json!({ "service": "fs", "options": { "root": "x", "atomicWriteDir": "y" } })).await;
    assert!(text.contains("unknown option `atomicWriteDir` of the service"), "{text}");
    assert!(text.contains("atomic_write_dir"), "{text}");
}

#[tokio::test]
async fn what_a_service_lacks_is_told() {
    let text = refused(json!({ "service": "fs" })).await;
    assert!(text.contains("providerOptions.options do not fit the service") && text.contains("root"), "{text}");
}

#[tokio::test]
async fn no_error_quotes_an_option() {
    let options = json!({ "endpoint": "hunter2://\u{1}hunter2", "password": "hunter2" });
    let text = refused(json!({ "service": "webdav", "options": options })).await;
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn numbers_have_limits() {
    for (name, value) in [("signedUrlExpires", 0), ("timeout", 0), ("partSize", 5)] {
        let mut options = json!({ "service": "memory" });
        options[name] = value.into();
        assert!(refused(options).await.contains(name), "{name}");
    }
}

#[tokio::test]
async fn a_service_that_cannot_sign_is_not_private() {
    let text = refused(json!({ "service": "memory", "private": true })).await;
    assert!(text.contains("the service cannot sign URLs"), "{text}");
}
