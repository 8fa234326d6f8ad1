//! The contract of a provider on the services that need no cloud. `longshore provider validate` runs the same cases on the built library, and more.

use longshore_opendal::Opendal;
use longshore_provider::serde_json::{Value, json};
use longshore_provider_testkit::provider;

use crate::webdav::Server;

fn check_contract(options: Value) {
    let project = tempfile::tempdir().unwrap();
    provider::<Opendal>("opendal").extensions(["list"]).project(project.path()).options(options).check();
}

#[test]
fn fs_keeps_the_contract() {
    check_contract(json!({ "service": "fs", "options": { "root": "files" }, "rootPath": "below" }));
}

#[test]
fn memory_keeps_the_contract() {
    check_contract(json!({ "service": "memory" }));
}

#[test]
fn webdav_keeps_the_contract() {
    let server = Server::start();
    check_contract(json!({ "service": "webdav", "options": { "endpoint": server.url(), "root": "/media" } }));
}
