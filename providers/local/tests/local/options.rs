//! The effect of the options, and the refusal of wrong ones.

use std::fs;

use longshore_local::Local;
use longshore_provider::{Call, ErrorKind, File, host::Module, serde_json::json};

use crate::fixture::{Project, body, put};

#[tokio::test]
async fn a_missing_folder_is_refused_with_the_command_that_makes_it() {
    let project = Project::new();
    let error = project.open_with(json!({ "directory": "files" }), json!({})).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOptions);
    let path = project.outside("files");
    let message = format!(
        "providerOptions.directory: the folder `{0}` does not exist; make it with `mkdir -p '{0}'`",
        path.display()
    );
    assert_eq!(error.message(), message);
    fs::write(path, "").unwrap();
    let error = project.open_with(json!({ "directory": "files" }), json!({})).await.unwrap_err();
    assert!(error.message().ends_with("is not a folder"), "{error}");
}

#[tokio::test]
async fn directory_root_and_public_path_are_ones_own() {
    let project = Project::new();
    fs::create_dir(project.outside("files")).unwrap();
    let directory = project.outside("files");
    let options = json!({ "directory": directory, "rootPath": "media", "publicPath": "https://cdn.example.org/f/" });
    let local = project.open_with(options, json!({})).await.unwrap();
    let uploaded = put(&local, "a b", "x").await.unwrap();
    assert_eq!(uploaded.key, "media/a b");
    assert_eq!(uploaded.url, "https://cdn.example.org/f/media/a%20b");
    assert_eq!(local.url(&File::at("a b")).await.unwrap(), uploaded.url);
    assert!(directory.join("media/a b").exists());
}

#[tokio::test]
async fn the_size_limit_of_the_options_wins() {
    let project = Project::new();
    let mut file = File::named("x", "");
    file.size = Some(1_000_001);
    let local = project.open_with(json!({ "sizeLimit": 1_000_000 }), json!({})).await.unwrap();
    assert_eq!(local.check_file_size(&file, u64::MAX).await.unwrap_err().kind(), ErrorKind::TooLarge);
    let local = project.open_with(json!({ "sizeLimit": 1_000_001 }), json!({})).await.unwrap();
    local.check_file_size(&file, 1).await.unwrap();
    let local = project.open().await;
    assert_eq!(local.check_file_size(&file, 1_000_000).await.unwrap_err().kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn a_strapi_configuration_is_accepted() {
    let project = Project::new();
    let options = json!({ "localServer": { "maxage": 300_000 } });
    let actions = json!({ "upload": {}, "uploadStream": { "ACL": "private", "IfNoneMatch": "" }, "delete": {} });
    project.open_with(options, actions).await.unwrap();
}

#[tokio::test]
async fn wrong_options_are_refused_by_name() {
    let project = Project::new();
    let wrong = [
        (json!({ "dir": "x" }), json!({}), "dir"),
        (json!({ "rootPath": "../up" }), json!({}), "rootPath"),
        (json!({ "publicPath": "media" }), json!({}), "publicPath"),
        (json!({ "publicPath": "/my files" }), json!({}), "publicPath"),
        (json!({ "localServer": { "maxage": "5m" } }), json!({}), "localServer.maxage"),
        (json!({ "localServer": { "maxage": -1 } }), json!({}), "localServer.maxage"),
        (json!({}), json!({ "upload": { "IfNoneMatch": "abc" } }), "actionOptions.upload.IfNoneMatch"),
    ];
    for (options, actions, named) in wrong {
        let error = project.open_with(options, actions).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOptions);
        assert!(error.message().contains(named), "{error}");
    }
}

#[test]
fn every_option_is_described_in_the_schema() {
    let schema = Module::linked::<Local>().schema().unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let mut names: Vec<_> = properties.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["directory", "localServer", "publicPath", "rootPath", "sizeLimit", "sync"]);
    assert!(properties.values().all(|property| property["description"].is_string()));
}

#[tokio::test]
async fn files_are_public_and_their_urls_unsigned() {
    let project = Project::new();
    let local = project.open().await;
    assert!(!local.is_private().await.unwrap());
    let signed = local.get_signed_url(&File::at("x"), &longshore_provider::SignOptions::default()).await.unwrap();
    assert_eq!((signed.url.as_str(), signed.signed), ("/uploads/x", false));
}

#[tokio::test]
async fn without_sync_files_are_stored_all_the_same() {
    let project = Project::new();
    let local = project.open_with(json!({ "sync": false }), json!({})).await.unwrap();
    local.upload(&File::at("a/x"), body("x"), &Call::new()).await.unwrap();
    assert_eq!(project.files(), ["a/x"]);
}

#[tokio::test]
async fn a_folder_that_has_gone_is_not_healthy() {
    let project = Project::new();
    let local = project.open().await;
    local.health(&Call::new()).await.unwrap();
    assert!(project.files().is_empty());
    fs::remove_dir_all(project.file("")).unwrap();
    assert_eq!(local.health(&Call::new()).await.unwrap_err().kind(), ErrorKind::Unavailable);
}
