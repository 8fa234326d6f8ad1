//! The channel is bounded: what it cannot take is counted.

use std::{
    sync::{
        PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use longshore_provider::serde_json::json;

use crate::{
    collector::{ACT, seen},
    scene::{Scene, flush},
};

/// Whether the subscriber hangs.
static HANGS: AtomicBool = AtomicBool::new(false);

#[tokio::test]
async fn a_subscriber_that_hangs_stops_no_library_and_what_is_lost_is_counted() {
    const EVENTS: usize = 50_000;
    let scene = Scene::open().await;
    HANGS.store(true, Ordering::SeqCst);
    *ACT.lock().unwrap_or_else(PoisonError::into_inner) = Some(|seen| {
        while seen.target == "misbehaving::flood" && HANGS.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
    });
    let lost = scene.registry.main().lost_logs();
    scene.log_many(json!({ "what": "flood", "events": EVENTS })).await;
    HANGS.store(false, Ordering::SeqCst);
    flush();
    *ACT.lock().unwrap_or_else(PoisonError::into_inner) = None;

    let arrived = seen("misbehaving::flood").len();
    let lost = usize::try_from(scene.registry.main().lost_logs() - lost).unwrap();
    assert_eq!(arrived + lost, EVENTS, "each has arrived or is counted");
    assert!(arrived < 20_000, "{arrived} records were kept in memory");

    let said = loop {
        let said = seen("longshore_plugin_host::relay::emit");
        if !said.is_empty() {
            break said;
        }
        thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(said[0].fields.0["provider"], "str misbehaving");
    assert_eq!(said[0].fields.0["records"], format!("u64 {lost}"));
}

#[tokio::test]
async fn nothing_is_lost_as_long_as_there_is_room() {
    const EVENTS: usize = 4000;
    let scene = Scene::open().await;
    for _ in 0..5 {
        let (before, lost) = (seen("misbehaving::flood").len(), scene.registry.main().lost_logs());
        scene.log_many(json!({ "what": "flood", "events": EVENTS })).await;
        flush();
        assert_eq!(seen("misbehaving::flood").len() - before, EVENTS);
        assert_eq!(scene.registry.main().lost_logs(), lost);
    }
}
