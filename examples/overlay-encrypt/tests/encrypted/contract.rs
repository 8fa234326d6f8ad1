//! The overlay keeps the contract: linked, and as `longshore provider validate` sees the built library.

use std::{fs, process::Command};

use longshore_example_overlay_encrypt::Encrypted;
use longshore_provider::serde_json::json;
use longshore_provider_testkit::{overlay, reference::Reference};

use crate::project::{KEY, Project, server};

#[test]
fn over_a_provider_that_is_linked() {
    overlay::<Encrypted>("encrypted")
        .over::<Reference>("reference")
        .extensions(["list"])
        .options(json!({ "serve": true, "rootPath": "root", "encryption": { "key": KEY } }))
        .check();
}

#[test]
fn over_a_folder() {
    let project = Project::local();
    validated(&project);
}

#[test]
fn over_memory() {
    validated(&Project::memory());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_s3() {
    let server = server().await;
    let project = Project::s3(&server);
    tokio::task::spawn_blocking(move || validated(&project)).await.unwrap();
    assert_eq!(server.keys("media"), Vec::<String>::new(), "what is stored meanwhile is removed again");
}

fn validated(project: &Project) {
    let options = project.path("options.toml");
    fs::write(&options, project.options(&format!("key = \"{KEY}\""))).unwrap();
    let ran = Command::new(longshore_test_artifacts::folder().join("longshore"))
        .args(["provider", "validate"])
        .arg(project.library())
        .arg("--options")
        .arg(options)
        .current_dir(project.path(""))
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{text}");
}
