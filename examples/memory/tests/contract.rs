//! The provider keeps the contract. `longshore provider validate` runs the same cases on the built library, and more.

use longshore_example_memory::Memory;

#[test]
fn memory_keeps_the_contract() {
    longshore_provider_testkit::provider::<Memory>("memory").check();
}
