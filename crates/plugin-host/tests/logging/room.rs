//! The queue is bounded for each library. Records that do not fit are counted, and other libraries lose none.

use std::{
    sync::{
        PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use longshore_provider::{File, serde_json::json};

use crate::{
    collector::{ACT, Seen, closed, seen},
    test_registry::{TestRegistry, flush},
};

/// The largest number of open spans of a library.
const SPANS: u64 = 16 * 1024;

/// Whether the subscriber hangs.
static HANGS: AtomicBool = AtomicBool::new(false);

#[tokio::test]
async fn a_subscriber_that_hangs_stops_no_library_and_what_is_lost_is_counted() {
    const EVENTS: usize = 50_000;
    let test = TestRegistry::open().await;
    let (lost, said, before) = (test.lost(), said().len(), seen("misbehaving::flood").len());
    hang(true);
    test.log_many(json!({ "what": "flood", "events": EVENTS })).await;
    hang(false);
    flush();

    let arrived = seen("misbehaving::flood").len() - before;
    let lost = test.lost() - lost;
    assert_eq!(arrived + usize::try_from(lost).unwrap(), EVENTS, "each has arrived or is counted");
    assert!(arrived < 20_000, "{arrived} records were kept in memory");
    assert_eq!(said_since(said, lost), ["str misbehaving"]);
}

#[tokio::test]
async fn a_library_that_floods_the_channel_takes_no_room_of_others() {
    let test = TestRegistry::open().await;
    let other = test.open_another("overlaying1").await;
    let (lost, said, before) = (test.lost(), said().len(), seen("overlaying").len());
    hang(true);
    test.log_many(json!({ "what": "flood", "events": 20_000 })).await;
    other.main().delete(&File::at("a")).await.unwrap();
    hang(false);
    flush();

    let events = seen("overlaying").split_off(before);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].names(), ["provider_call", "overlay"]);
    let lost = test.lost() - lost;
    assert!(lost > 1000, "{lost}");
    assert_eq!(said_since(said, lost), ["str misbehaving"]);
}

#[tokio::test]
async fn what_a_base_loses_counts_under_its_own_name() {
    let test = TestRegistry::open().await;
    let overlay = test.open_another("overlaying1").await;
    let before = test.lost();
    hang(true);
    test.log_many(json!({ "what": "flood", "events": 20_000 })).await;
    hang(false);
    flush();

    let lost = overlay.lost_logs();
    assert!(lost["misbehaving"] > before, "{lost:?}");
    assert_eq!(lost["overlaying1"], 0);
    assert_eq!(lost.len(), 2);
}

#[tokio::test]
async fn a_library_that_leaves_its_spans_open_takes_no_room_of_others() {
    const TOO_MANY: u64 = 100;
    let test = TestRegistry::open().await;
    let other = test.open_another("overlaying1").await;
    let (lost, said, before) = (test.lost(), said().len(), seen("overlaying").len());
    let mut left = SPANS + TOO_MANY;
    while left > 0 {
        let some = left.min(4000);
        test.log_many(json!({ "what": "hold", "spans": some })).await;
        flush();
        left -= some;
    }
    assert_eq!(test.lost() - lost, TOO_MANY);
    other.main().delete(&File::at("a")).await.unwrap();
    flush();

    let events = seen("overlaying").split_off(before);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].names(), ["provider_call", "overlay"], "its span is there");
    assert_eq!(
        said_since(said, TOO_MANY),
        ["str misbehaving"],
        "the warning names the provider whose records were lost"
    );

    let held = closed("held").len();
    test.log("release").await;
    flush();
    assert_eq!(closed("held").len() - held, usize::try_from(SPANS).unwrap());
    let before = seen("misbehaving::removed").len();
    test.registry.main().delete(&File::at("log")).await.unwrap();
    flush();
    assert_eq!(seen("misbehaving::removed")[before + 1].names(), ["provider_call", "shelve"], "there is room again");
}

#[tokio::test]
async fn nothing_is_lost_as_long_as_there_is_room() {
    const EVENTS: usize = 4000;
    let test = TestRegistry::open().await;
    for _ in 0..5 {
        let (before, lost) = (seen("misbehaving::flood").len(), test.lost());
        test.log_many(json!({ "what": "flood", "events": EVENTS })).await;
        flush();
        assert_eq!(seen("misbehaving::flood").len() - before, EVENTS);
        assert_eq!(test.lost(), lost);
    }
}

/// Makes the subscriber hang at the next event of a flood, or continue.
fn hang(hangs: bool) {
    HANGS.store(hangs, Ordering::SeqCst);
    let wait = |seen: &Seen| {
        while seen.target == "misbehaving::flood" && HANGS.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
    };
    *ACT.lock().unwrap_or_else(PoisonError::into_inner) = hangs.then_some(wait);
}

/// The log's reports of lost records.
fn said() -> Vec<Seen> {
    seen("longshore_plugin_host::log_forwarder::emit")
}

/// Waits until the reports after the first `before` account for `lost` records, and returns the providers that they
/// name.
fn said_since(before: usize, lost: u64) -> Vec<String> {
    loop {
        let said = said().split_off(before);
        let records = |seen: &Seen| seen.fields.0["records"].strip_prefix("u64 ").unwrap().parse::<u64>().unwrap();
        if said.iter().map(records).sum::<u64>() >= lost {
            assert_eq!(said.iter().map(records).sum::<u64>(), lost, "{said:?}");
            let mut providers: Vec<String> = said.iter().map(|seen| seen.fields.0["provider"].clone()).collect();
            providers.dedup();
            return providers;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
