//! Checks of `providerOptions`.

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
async fn the_error_for_an_unknown_service_lists_the_built_in_services() {
    let text = refused(json!({ "service": "s4" })).await;
    let expected = "providerOptions.service: unknown service `s4`; the built-in services are aliyun-drive, \
                    azblob, azdls, azfile, b2, cos, cosn, dropbox, file, fs, gcs, gdrive, koofr, memory, obs, onedrive, \
                    oss, pcloud, s3, seafile, sftp, swift, tos, upyun, vercel-blob, webdav, webhdfs, yandex-disk";
    assert!(text.contains(expected), "{text}");
}

#[tokio::test]
async fn the_error_for_an_unknown_option_lists_the_options_of_the_service() {
    let text = refused(json!({ "service": "fs", "options": { "root": "x", "atomicWriteDir": "y" } })).await;
    assert!(text.contains("unknown option `atomicWriteDir` of the service"), "{text}");
    assert!(text.contains("atomic_write_dir"), "{text}");
}

#[tokio::test]
async fn the_error_for_a_missing_option_names_the_option() {
    let text = refused(json!({ "service": "fs" })).await;
    assert!(text.contains("providerOptions.options do not fit the service") && text.contains("root"), "{text}");
}

#[tokio::test]
async fn no_error_quotes_the_value_of_an_option() {
    let options = json!({ "endpoint": "hunter2://\u{1}hunter2", "password": "hunter2" });
    let text = refused(json!({ "service": "webdav", "options": options })).await;
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn numbers_outside_of_their_limits_are_refused() {
    for (name, value) in [("signedUrlExpires", 0), ("timeout", 0), ("partSize", 5)] {
        let mut options = json!({ "service": "memory" });
        options[name] = value.into();
        assert!(refused(options).await.contains(name), "{name}");
    }
}

#[tokio::test]
async fn private_is_refused_on_a_service_that_cannot_sign() {
    let text = refused(json!({ "service": "memory", "private": true })).await;
    assert!(text.contains("the service cannot sign URLs"), "{text}");
}
