//! The contract of a provider, case by case.

use crate::fixture::Project;
use longshore_local::Local;
use longshore_provider::serde_json::json;

#[test]
fn local_keeps_the_contract() {
    let project = Project::new();
    longshore_provider_testkit::provider::<Local>("local")
        .project(project.outside(""))
        .options(json!({ "sync": false, "rootPath": "root" }))
        .extensions(["list"])
        .check();
    assert_eq!(project.files(), [""; 0], "everything was removed again");
}
