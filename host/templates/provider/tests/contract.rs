//! The provider keeps the contract. `longshore provider validate` runs the same cases on the built library, and more.

use my_provider::MyProvider;

#[test]
fn the_contract_is_kept() {
    // Relative paths in options begin at a folder that is removed afterwards; `.options(…)` says other ones.
    longshore_provider_testkit::provider::<MyProvider>("my-provider").check();
}
