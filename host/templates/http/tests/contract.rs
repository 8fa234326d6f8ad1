//! The provider keeps the contract, on a service in this process. `longshore provider validate` runs the same cases on
//! the built library, and more.

mod server;

use longshore_provider::serde_json::json;
use my_provider::MyProvider;

#[test]
fn the_contract_is_kept() {
    let service = server::start("for tests");
    longshore_provider_testkit::provider::<MyProvider>("my-provider")
        .options(json!({
            "endpoint": format!("{service}/zone"),
            "accessKey": "for tests",
            "publicUrl": format!("{service}/public/zone"),
        }))
        .check();
}
