//! The overlay keeps the contract on a base that does. The testkit's own stands in for `my-base`: it stores in memory,
//! and signs its URLs. `longshore provider validate` runs the same cases on the built library and the real base.

use std::time::{Duration, SystemTime};

use longshore_provider::{
    File, SignOptions,
    serde_json::{Value, json},
    tokio::runtime::Runtime,
};
use longshore_provider_testkit::{Linked, TestTarget, overlay, reference::Reference};
use my_provider::MyProvider;

fn on_a_base_in_memory() -> Linked {
    overlay::<MyProvider>("my-provider").over::<Reference>("my-base")
}

/// The options of the base: a port of its own for its URLs.
fn options() -> Value {
    json!({ "serve": true, "secret": "for tests" })
}

#[test]
fn the_contract_is_kept() {
    on_a_base_in_memory().options(options()).check();
}

#[test]
fn files_are_private_and_no_url_works_for_long() {
    Runtime::new().unwrap().block_on(async {
        let (subject, options) = (on_a_base_in_memory(), options());
        let provider = subject.open(&options).await.unwrap();
        assert!(provider.is_private().await.unwrap());

        let (file, a_day) = (
            File::at("a.txt"),
            SignOptions::expires(Duration::from_hours(24)),
        );
        let url = provider.get_signed_url(&file, &a_day).await.unwrap();
        let in_a_quarter = SystemTime::now() + Duration::from_mins(15);
        assert!(url.signed && url.expires_at.unwrap() <= in_a_quarter);
    });
}
