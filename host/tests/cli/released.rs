//! Providers that were built with released versions of the interface.

use serde_json::Value;

use crate::project::Project;

/// The folder with the frozen artifacts of each released generation.
const RELEASED: [&str; 1] = ["frozen-v1"];

#[test]
fn a_provider_built_on_any_released_interface_is_used_and_passes_the_validator() {
    for release in RELEASED {
        let manifest =
            longshore_test_artifacts::workspace().join("crates/plugin-host/fixtures").join(release).join("Cargo.toml");
        let folder = longshore_test_artifacts::stand_alone(&manifest);
        let project = Project::new("[upload.config]\nprovider = \"memory\"\n");
        let library = longshore_test_artifacts::library("longshore-fixture-frozen-memory");
        project.write(&format!("providers/memory/{library}"), std::fs::read(folder.join(&library)).unwrap());

        project.write("a.txt", "hello");
        let put = project.run(&["object", "put", "a.txt", "--json"]).expect(0);
        assert_eq!(put.lines()[0]["size"], 5, "{release}: {}", put.all());
        let ran = project.run(&["provider", "validate", &format!("providers/memory/{library}"), "--json"]).expect(0);
        let status = |line: &Value, status: &str| line["status"] == status;
        assert!(ran.lines().iter().filter(|line| status(line, "passed")).count() > 20, "{release}: {}", ran.all());
    }
}
