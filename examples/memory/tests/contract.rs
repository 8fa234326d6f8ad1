//! The provider keeps the contract. `longshore provider validate` runs the same cases on the built library, and more.

use longshore_example_memory::Memory;

#[test]
fn memory_keeps_the_contract() {
    let report = longshore_provider_testkit::provider::<Memory>("memory").report(["*"]);
    assert!(report.is_good(), "\n{}", report.problems());
    // As its documentation says.
    let (passed, skipped) = (report.count("passed"), report.count("skipped"));
    assert!(passed >= 20 && skipped > passed, "{passed} passed, {skipped} skipped");
}
