//! `longshore provider new`: the written crate is built, tested, validated and used.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::{
    project::Project,
    s3::{project, server},
};

/// Runs Cargo in a crate; returns the folder of its libraries.
#[track_caller]
pub(crate) fn cargo(arguments: &[&str], folder: &Path) -> PathBuf {
    let (mut command, built) = longshore_test_artifacts::author(arguments[0], folder);
    let output = command.args(&arguments[1..]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}\n{}{said}", String::from_utf8_lossy(&output.stdout));
    assert!(!said.contains("warning"), "{arguments:?}\n{said}");
    built
}

#[track_caller]
fn is_formatted(folder: &Path) {
    let mut rustfmt = std::process::Command::new("cargo");
    let output = rustfmt.args(["fmt", "--check"]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Runs `provider validate`, which must succeed; returns how many cases passed.
#[track_caller]
pub(crate) fn validate(project: &Project, library: &str, more: &[&str]) -> u64 {
    let arguments = [&["provider", "validate", library, "--json"], more].concat();
    let ran = project.run(&arguments).expect(0);
    let lines = ran.lines();
    let summary = lines.last().unwrap();
    assert_eq!((&summary["failed"], &summary["crashed"]), (&json!(0), &json!(0)), "{}", ran.stdout);
    assert_eq!(summary["warnings"], 0, "{}", ran.stdout);
    summary["passed"].as_u64().unwrap()
}

#[test]
fn a_provider_from_scratch_keeps_the_contract_and_a_file() {
    let project = Project::new("[upload.config]\nprovider = \"my-store\"\n");
    let crates = longshore_test_artifacts::workspace();
    let arguments = ["provider", "new", "my-store", "--interface", crates.to_str().unwrap()];
    insta::assert_snapshot!(project.run(&arguments).expect(0).all());
    let folder = project.path("my-store");
    is_formatted(&folder);
    cargo(&["test"], &folder);
    let built = cargo(&["build"], &folder).join(longshore_test_artifacts::library("my-store"));
    let lock = fs::read_to_string(folder.join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"my-store\"") && !lock.contains("aws-"), "{lock}");

    let library = project.write("providers/my-store/libmy_store.so", fs::read(built).unwrap());
    // The excepted cases measure times, and may warn on a busy machine.
    let asked = ["--except", "load.time,runtime.blocked,init.time"];
    assert!(validate(&project, library.to_str().unwrap(), &asked) > 60);
    project.write("photo.jpg", "not really");
    let put = project.run(&["object", "put", "photo.jpg", "--json"]).expect(0).lines();
    assert_eq!(put[0]["url"], "/my-store/photo.jpg");
    assert_eq!(fs::read_to_string(project.path("my-store-files/files/photo.jpg")).unwrap(), "not really");
    assert_eq!(project.run(&["object", "get", "photo.jpg"]).expect(0).stdout, "not really\n");
    project.run(&["object", "rm", "photo.jpg"]).expect(0);
    project.run(&["object", "head", "photo.jpg"]).expect(5);
}

#[test]
fn a_provider_for_an_http_service_keeps_the_contract_and_a_file() {
    let project = Project::new("[upload.config]\nprovider = \"my-zone\"\n");
    let crates = longshore_test_artifacts::workspace();
    let arguments = ["provider", "new", "my-zone", "--http", "--interface", crates.to_str().unwrap()];
    insta::assert_snapshot!(project.run(&arguments).expect(0).all());
    let folder = project.path("my-zone");
    is_formatted(&folder);
    cargo(&["test"], &folder);
    let built = cargo(&["build"], &folder).join(longshore_test_artifacts::library("my-zone"));

    let library = project.write("providers/my-zone/libmy_zone.so", fs::read(built).unwrap());
    let service = http_service::start("for tests");
    let options =
        format!("endpoint = \"{service}/zone\"\naccessKey = \"for tests\"\npublicUrl = \"{service}/public/zone\"\n");
    project.write("options.toml", &options);
    let asked = ["--options", "options.toml", "--except", "load.time,runtime.blocked,init.time"];
    assert!(validate(&project, library.to_str().unwrap(), &asked) > 70);
    project.write(
        "config/plugins.toml",
        format!("[upload.config]\nprovider = \"my-zone\"\n[upload.config.providerOptions]\n{options}"),
    );
    project.write("photo.jpg", "not really");
    project.run(&["object", "put", "photo.jpg"]).expect(0);
    assert_eq!(project.run(&["object", "get", "photo.jpg"]).expect(0).stdout, "not really\n");
}

/// The service that the tests of the crate talk to.
#[expect(clippy::pedantic, reason = "a file of an author's crate")]
mod http_service {
    include!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/http/tests/server/mod.rs"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overlay_keeps_the_contract_and_files_private() {
    let server = server().await;
    let project = project(&server, "my-s3");
    let crates = longshore_test_artifacts::workspace();
    let arguments = ["provider", "new", "my-s3", "--extends", "aws-s3", "--interface", crates.to_str().unwrap()];
    insta::assert_snapshot!(project.run(&arguments).expect(0).all());
    let folder = project.path("my-s3");
    is_formatted(&folder);
    cargo(&["test"], &folder);
    let built = cargo(&["build"], &folder).join(longshore_test_artifacts::library("my-s3"));

    let library = project.write("providers/my-s3/libmy_s3.so", fs::read(built).unwrap());
    let (id, secret) = (server.access_key_id(), server.secret_access_key());
    project.write(
        "options.toml",
        format!(
            "[s3Options]\nendpoint = \"{}\"\nforcePathStyle = true\nregion = \"us-east-1\"\n\
             credentials = {{ accessKeyId = \"{id}\", secretAccessKey = \"{secret}\" }}\n\
             params = {{ Bucket = \"media\", ACL = \"public-read\" }}\n",
            server.endpoint()
        ),
    );
    let asked = ["--options", "options.toml", "--only", "private,sign,list"];
    assert!(validate(&project, library.to_str().unwrap(), &asked) > 10);
    project.write("photo.jpg", "not really");
    project.run(&["object", "put", "photo.jpg"]).expect(0);
    assert_eq!(project.run(&["object", "ls"]).expect(0).stdout, "photo.jpg\n");
    let url = project.run(&["object", "url", "photo.jpg", "--expires", "7d"]).expect(0).stdout;
    assert!(url.contains("X-Amz-Expires=900&"), "{url}");
}

#[test]
fn the_carried_sources_are_all_that_a_crate_needs() {
    let project = Project::empty().installed();
    insta::assert_snapshot!(project.run(&["provider", "new", "carried"]).expect(0).all());
    let folder = project.path("carried");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("longshore-provider = { path = \"interface/provider\" }\n"), "{manifest}");
    let built = cargo(&["build", "--all-targets"], &folder).join(longshore_test_artifacts::library("carried"));
    fs::copy(built, project.path("carried.so")).unwrap();
    project.run(&["provider", "inspect", "./carried.so", "--load"]).expect(0);
}

#[test]
fn a_version_is_left_to_the_registry() {
    let project = Project::empty();
    let lines = project.run(&["provider", "new", "mine", "--interface", "1.0.0", "--json"]).expect(0).lines();
    let written = [
        ".github/workflows/ci.yml",
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "README.md",
        "src/lib.rs",
        "src/service.rs",
    ];
    let expected = json!({
        "name": "mine", "extends": null, "folder": "mine", "interface": "1.0.0",
        "written": written.into_iter().chain(["tests/contract.rs"]).collect::<Vec<_>>(),
        "library": "target/debug/libmine.so",
    });
    assert_eq!(lines, [expected]);
    assert!(written.iter().all(|path| project.path("mine").join(path).is_file()));
    assert!(!project.path("mine/interface").exists());
}

#[test]
fn a_name_that_no_provider_can_have_is_refused() {
    let project = Project::empty();
    let long = "x".repeat(65);
    let mut all = String::new();
    for arguments in [
        &["a/b"][..],
        &["../mine"],
        &["My-Store"],
        &[""],
        &["fn"],
        &["9lives"],
        &["test"],
        &[&long],
        &["local"],
        &["aws-s3", "--extends", "local"],
        &["amazon-s3"],
        &["longshore-provider"],
        &["mine", "--extends", "../local"],
        &["mine", "--interface", "nowhere"],
    ] {
        let ran = project.run(&[&["provider", "new"], arguments].concat()).expect(2);
        assert!(ran.stdout.is_empty(), "{}", ran.all());
        all.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(all);
    assert_eq!(fs::read_dir(project.path("")).unwrap().count(), 0);
}

#[test]
fn an_overlay_may_take_the_place_of_its_base() {
    let project = Project::empty();
    project.run(&["provider", "new", "aws-s3", "--extends", "aws-s3"]).expect(0);
    let source = fs::read_to_string(project.path("aws-s3/src/lib.rs")).unwrap();
    assert!(source.contains("AwsS3Provider as \"aws-s3\" extends \"aws-s3\""), "{source}");
}

#[test]
fn existing_files_are_not_overwritten_by_provider_new() {
    let project = Project::empty();
    let mine = project.write("mine/notes.txt", "mine");
    insta::assert_snapshot!(project.run(&["provider", "new", "mine"]).expect(2).all());
    project.write("other", "a file");
    project.run(&["provider", "new", "other"]).expect(2);
    assert_eq!(fs::read_to_string(mine).unwrap(), "mine");
    assert_eq!(fs::read_dir(project.path("mine")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(project.path("")).unwrap().count(), 2);
    project.run(&["-C", "nowhere", "provider", "new", "mine"]).expect(3);
    assert!(!project.path("nowhere").exists());
}
