//! The provider keeps the contract. `longshore provider validate` runs the same cases on the built library, and more.

use longshore_opendal::Opendal;
use longshore_provider::serde_json::{Value, json};
use longshore_provider_testkit::provider;

use crate::webdav::Server;

fn keeps_the_contract(options: Value) {
    let project = tempfile::tempdir().unwrap();
    provider::<Opendal>("opendal").extensions(["list"]).project(project.path()).options(options).check();
}

#[test]
fn in_a_folder() {
    keeps_the_contract(json!({ "service": "fs", "options": { "root": "files" }, "rootPath": "below" }));
}

#[test]
fn in_memory() {
    keeps_the_contract(json!({ "service": "memory" }));
}

#[test]
fn on_a_webdav_server() {
    let server = Server::start();
    keeps_the_contract(json!({ "service": "webdav", "options": { "endpoint": server.url(), "root": "/media" } }));
}
