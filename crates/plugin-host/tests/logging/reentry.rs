//! A subscriber of the host may do anything while it handles a record of a library.

use std::sync::{Mutex, PoisonError};

use longshore_provider::{Call, Handle, serde_json::json};

use crate::{
    collector::{ACT, Seen, seen},
    test_registry::{TestRegistry, flush},
};

/// The provider that the subscriber calls.
static PROVIDER: Mutex<Option<Handle>> = Mutex::new(None);

fn act(act: Option<fn(&Seen)>) {
    *ACT.lock().unwrap_or_else(PoisonError::into_inner) = act;
}

fn is_trigger(seen: &Seen) -> bool {
    seen.target == "misbehaving::trigger"
}

#[tokio::test]
async fn a_subscriber_that_logs_calls_the_provider_and_panics_stops_nothing() {
    let test = TestRegistry::open().await;
    let triggers = || seen("misbehaving::trigger").len();

    act(Some(|seen| {
        if is_trigger(seen) {
            tracing::info!(target: "echo", "the subscriber logs");
        }
    }));
    test.log("trigger").await;
    flush();
    assert_eq!((triggers(), seen("echo").len()), (1, 1));

    *PROVIDER.lock().unwrap() = Some(test.registry.main().handle().clone());
    act(Some(|seen| {
        if is_trigger(seen) {
            let provider = PROVIDER.lock().unwrap().clone().unwrap();
            let call = Call::new();
            let again = provider.extension("log", json!({ "what": "trigger" }), None, &call);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(again).unwrap();
            let spawns = provider.extension("log", json!({ "what": "spawned" }), None, &call);
            runtime.block_on(spawns).unwrap();
        }
    }));
    let spawned = seen("misbehaving::spawned").len();
    let lost = test.lost();
    test.log("trigger").await;
    flush();
    assert_eq!(triggers(), 2, "what the subscriber's own call logs does not come back to it");
    assert_eq!(seen("misbehaving::spawned").len(), spawned);
    assert_eq!(test.lost() - lost, 2, "it is counted");
    *PROVIDER.lock().unwrap() = None;

    act(Some(|seen| assert!(!is_trigger(seen), "the subscriber was asked to panic")));
    test.log("trigger").await;
    flush();
    act(None);
    test.log("trigger").await;
    flush();
    assert_eq!(triggers(), 4, "the log goes on");
}
