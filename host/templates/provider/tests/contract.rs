//! The provider keeps the contract. `longshore provider validate` runs the same cases on the built library, and more.

use longshore_provider::serde_json::json;
use my_provider::MyProvider;

#[test]
fn the_contract_is_kept() {
    let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/contract");
    longshore_provider_testkit::provider::<MyProvider>("my-provider")
        .options(json!({ "folder": folder }))
        .check();
}
