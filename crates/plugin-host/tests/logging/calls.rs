//! Each call of a provider has a span of the host with the provider and the method.

use longshore_provider::File;
use tracing::{Instrument, Level};

use crate::{
    collector::{Seen, closed, seen},
    test_registry::{TestRegistry, flush},
};

/// The provider and the method of the innermost host span that contains the event.
fn call_of(seen: &Seen) -> (&str, &str) {
    let call = seen.scope.iter().rfind(|span| span.name == "provider_call").expect("within a call");
    assert_eq!(call.level, Level::ERROR, "no filter that lets anything through takes it away");
    assert!(call.target.starts_with("longshore_plugin_host::"), "{call:?}");
    (&call.fields.0["provider"], &call.fields.0["method"])
}

#[tokio::test]
async fn what_a_provider_logs_is_within_the_span_of_the_call() {
    let test = TestRegistry::open().await;
    let logs = File::at("log");
    let before = seen("misbehaving::removed").len();
    test.registry.main().delete(&logs).await.unwrap();
    test.registry.main().delete(&logs).instrument(tracing::info_span!("of_a_request")).await.unwrap();
    flush();

    let events = seen("misbehaving::removed").split_off(before);
    let scopes: Vec<(&str, Vec<&str>)> = events.iter().map(|seen| (seen.message(), seen.names())).collect();
    let expected = [
        ("removed", vec!["provider_call"]),
        ("shelved", vec!["provider_call", "shelve"]),
        ("removed", vec!["of_a_request", "provider_call"]),
        ("shelved", vec!["of_a_request", "provider_call", "shelve"]),
    ];
    assert_eq!(scopes, expected);
    assert!(events.iter().all(|seen| call_of(seen) == ("str misbehaving", "str delete")), "{events:?}");
    assert_eq!(closed("of_a_request").len(), 1, "nothing keeps the spans open");
}

#[tokio::test]
async fn what_a_provider_logs_while_it_is_opened_names_it() {
    let _test = TestRegistry::open().await;
    flush();
    let events = seen("misbehaving::opened");
    assert!(!events.is_empty());
    assert!(events.iter().all(|seen| call_of(seen) == ("str misbehaving", "str init")), "{events:?}");
}

#[tokio::test]
async fn what_is_logged_while_a_file_is_read_belongs_to_the_call_that_opened_it() {
    let test = TestRegistry::open().await;
    let file = File::at("log");
    let opening = test.registry.main().open_file(&file, None).instrument(tracing::info_span!("of_a_reader"));
    let mut opened = opening.await.unwrap();
    for _ in 0..3 {
        opened.body.next().await.unwrap().unwrap();
    }
    flush();
    assert_eq!(closed("of_a_reader").len(), 0);
    drop(opened);
    let events = seen("misbehaving::read");
    assert_eq!(events.len(), 3);
    for event in &events {
        assert_eq!(event.names(), ["of_a_reader", "provider_call"]);
        assert_eq!(call_of(event), ("str misbehaving", "str open"));
    }
    assert_eq!(closed("of_a_reader").len(), 1, "the call ends with the file");
}
