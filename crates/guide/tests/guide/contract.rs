//! The providers that chapters show whole.

use longshore_guide::shelf::Shelf;
use longshore_provider::serde_json::json;
use longshore_provider_testkit::{Outcome, Report, provider};

fn good(report: &Report) {
    assert!(report.is_good(), "\n{report}");
    for group in ["upload.large", "range", "head.size", "delete", "stream", "cancel", "fuzz"] {
        let ran = report.ran().iter().filter(|ran| ran.case.id.starts_with(group));
        let passed = ran.filter(|ran| matches!(ran.outcome, Outcome::Passed)).count();
        assert!(passed > 0, "`{group}` did not run:\n{report}");
    }
}

#[test]
fn the_provider_that_is_written_keeps_the_contract() {
    let project = tempfile::tempdir().unwrap();
    let shelf = provider::<Shelf>("shelf").project(project.path());
    good(&shelf.options(json!({ "folder": "media", "baseUrl": "https://media.example.org" })).report(["*"]));
}
