//! Fields keep the types that they have in the library.

use longshore_provider::File;
use tracing::Level;

use crate::{
    collector::seen,
    test_registry::{TestRegistry, flush},
};

#[tokio::test]
async fn events_and_records_arrive_with_target_level_place_and_fields() {
    let test = TestRegistry::open().await;
    test.log("everything").await;
    flush();

    let events = seen("misbehaving::shelf");
    assert_eq!(events.len(), 1, "the event of a disabled level does not arrive: {events:?}");
    assert_eq!(events[0].level, Level::INFO);
    assert!(events[0].file.as_ref().is_some_and(|file| file.ends_with("misbehaving/src/log.rs")));
    assert!(events[0].line.is_some());
    let expected = [
        ("answer", "u64 42"),
        ("debug", "debug [1, 2]"),
        ("error", "error nothing can be put there: the shelf broke"),
        ("half", "f64 0.5"),
        ("message", "debug an event"),
        ("signed", "i64 -7"),
        ("text", "str a b"),
        ("yes", "bool true"),
    ];
    assert_eq!(events[0].fields.0, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());

    let records = seen("misbehaving::facade");
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].level, records[0].message()), (Level::WARN, "a record of log"));
    assert!(records[0].file.as_ref().is_some_and(|file| file.ends_with("misbehaving/src/log.rs")));
    assert!(records[0].line.is_some());
}

#[tokio::test]
async fn a_panic_outside_of_a_call_is_logged() {
    let test = TestRegistry::open().await;
    test.registry.main().delete(&File::at("thread")).await.unwrap();
    flush();
    let panics = seen("longshore_provider::panic");
    assert!(panics.iter().any(|seen| seen.message().contains("a thread was asked to panic")), "{panics:?}");
}
