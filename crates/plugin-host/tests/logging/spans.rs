//! Spans and events of a library are within the host's span of the call.

use tracing::{Instrument, Level};

use crate::{
    collector::{closed, seen},
    test_registry::{TestRegistry, flush},
};

#[tokio::test]
async fn a_librarys_spans_are_within_the_hosts_span_of_the_call() {
    let test = TestRegistry::open().await;
    test.log("spans").instrument(tracing::info_span!("request", id = 5_u64)).await;
    flush();

    let events = seen("misbehaving::stock");
    let scopes: Vec<(&str, Vec<&str>)> = events.iter().map(|seen| (seen.message(), seen.names())).collect();
    let expected = [
        ("outer", vec!["request", "restock"]),
        ("inner", vec!["request", "restock", "count"]),
        ("thread", vec!["request", "restock"]),
        ("root", vec![]),
        ("after", vec!["request"]),
    ];
    assert_eq!(scopes, expected);

    let restock = closed("restock");
    assert_eq!(restock.len(), 1, "{restock:?}");
    assert_eq!((restock[0].target.as_str(), restock[0].level), ("misbehaving::stock", Level::INFO));
    let fields = [("books", "u64 3"), ("shelf", "u64 7")];
    assert_eq!(restock[0].fields.0, fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    let count = closed("count");
    assert_eq!((count.len(), count[0].follows.as_slice()), (1, &["restock"][..]));
    assert_eq!(closed("request").len(), 1, "nothing keeps the host's span open");
}

#[tokio::test]
async fn a_task_that_is_spawned_within_a_call_belongs_to_the_call() {
    let test = TestRegistry::open().await;
    test.log("spawned").instrument(tracing::info_span!("spawning")).await;
    flush();
    let events = seen("misbehaving::spawned");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].names(), ["spawning"]);
}

#[tokio::test]
async fn what_is_logged_after_the_call_arrives_without_its_span() {
    let test = TestRegistry::open().await;
    test.log("late").instrument(tracing::info_span!("over")).await;
    let event = loop {
        flush();
        if let Some(event) = seen("misbehaving::late").pop() {
            break event;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    assert_eq!(event.names(), [""; 0]);
    assert_eq!(closed("over").len(), 1);
}
