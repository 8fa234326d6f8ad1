//! Events that wait to be sent.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::{
    fixture::{Fixture, LEASE, add_one, claim, file, pend, plan, publish, webhook},
    over_both,
};
use crate::{Announce, Delivery, FileId, FileInfo, FileView, InfoUpdate, Replaced, RowState, Store};

over_both![
    each_change_is_announced_to_who_wants_it,
    a_change_that_failed_is_not_announced,
    an_event_is_taken_once,
    an_event_that_failed_comes_again,
    events_of_a_dead_sender_come_again,
    whoever_waits_is_woken,
    nothing_is_kept_without_webhooks,
];

const ALL: [&str; 3] = ["media.create", "media.update", "media.delete"];

async fn due(store: &Store) -> Vec<Delivery> {
    store.take_due(100, LEASE).await.unwrap()
}

async fn each_change_is_announced_to_who_wants_it(fixture: &Fixture) {
    let hooks = [webhook("http://one", &ALL), webhook("http://two", &["media.delete"]), webhook("http://none", &[])];
    let store = fixture.open_with(&hooks).await;
    let added = add_one(&store, file("a")).await;
    let id = FileId::Number(added.id);
    let info = FileInfo { name: Some("b".to_owned()), ..FileInfo::default() };
    let InfoUpdate::Updated(changed) = store.update_info(&id, &info).await.unwrap() else { panic!("it is there") };
    let replacing = claim(&store, added.id, RowState::Replacing).await;
    let next = Replaced { name: "c".to_owned(), ..Replaced::of(&changed) };
    let replaced = replacing.show_replacement(&next, &plan()).await.unwrap();
    replacing.release().await.unwrap();
    claim(&store, added.id, RowState::Deleting).await.remove(Announce::Yes).await.unwrap();

    let events = due(&store).await;
    let told: Vec<_> = events.iter().map(|event| (event.webhook.as_str(), event.event.as_str())).collect();
    assert_eq!(
        told,
        [
            ("http://one", "media.create"),
            ("http://one", "media.update"),
            ("http://one", "media.update"),
            ("http://one", "media.delete"),
            ("http://two", "media.delete"),
        ]
    );
    for (event, media) in events.iter().zip([&added, &changed, &replaced, &replaced, &replaced]) {
        let payload: Value = serde_json::from_str(&event.payload).unwrap();
        let keys: Vec<_> = payload.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["event", "createdAt", "media"]);
        assert_eq!(payload["event"], event.event);
        assert_eq!(payload["media"], serde_json::to_value(FileView::new(media).without_signature()).unwrap());
        assert_eq!(event.attempts, 1);
    }
    assert_eq!(
        serde_json::from_str::<Value>(&events[0].payload).unwrap()["createdAt"],
        serde_json::to_value(FileView::new(&added)).unwrap()["createdAt"]
    );
}

async fn a_change_that_failed_is_not_announced(fixture: &Fixture) {
    let store = fixture.open_with(&[webhook("http://one", &ALL)]).await;
    let files = pend(&store, vec![file("a"), file("b")]).await;
    files[1].0.remove(Announce::No).await.unwrap();
    files[1].0.remove(Announce::Yes).await.unwrap_err();
    publish(&store, &files, None).await.unwrap_err();
    files[0].0.remove(Announce::No).await.unwrap();
    store.update_info(&FileId::Number(-1), &FileInfo::default()).await.unwrap();
    assert_eq!(due(&store).await, []);
    assert_eq!(store.next_due().await.unwrap(), None);
}

async fn an_event_is_taken_once(fixture: &Fixture) {
    let store = fixture.open_with(&[webhook("http://one", &ALL)]).await;
    for _ in 0..5 {
        add_one(&store, file("a")).await;
    }
    assert_eq!(store.next_due().await.unwrap(), Some(Duration::ZERO));
    let first = store.take_due(2, LEASE).await.unwrap();
    let rest = due(&store).await;
    assert_eq!((first.len(), rest.len()), (2, 3));
    assert_eq!(due(&store).await, []);
    for event in first.iter().chain(&rest) {
        store.delivered(event.id).await.unwrap();
    }
    assert_eq!(store.next_due().await.unwrap(), None);
}

async fn an_event_that_failed_comes_again(fixture: &Fixture) {
    let store = fixture.open_with(&[webhook("http://one", &ALL)]).await;
    add_one(&store, file("a")).await;
    let event = due(&store).await.remove(0);
    store.retry(event.id, Duration::from_hours(1)).await.unwrap();
    assert_eq!(due(&store).await, []);
    let wait = store.next_due().await.unwrap().unwrap();
    assert!(wait > Duration::from_mins(50) && wait <= Duration::from_hours(1), "{wait:?}");

    store.retry(event.id, Duration::ZERO).await.unwrap();
    let again = due(&store).await.remove(0);
    assert_eq!(again, Delivery { attempts: 2, ..event });
    store.give_up(again.id).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), None);
}

async fn events_of_a_dead_sender_come_again(fixture: &Fixture) {
    let store = fixture.open_with(&[webhook("http://one", &ALL)]).await;
    add_one(&store, file("a")).await;
    assert_eq!(store.take_due(1, Duration::ZERO).await.unwrap().len(), 1);
    assert_eq!(due(&store).await[0].attempts, 2);
}

async fn whoever_waits_is_woken(fixture: &Fixture) {
    let store = fixture.open_with(&[webhook("http://one", &ALL)]).await;
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.outbox_filled().await }
    });
    add_one(&store, file("a")).await;
    timeout(Duration::from_secs(30), waiting).await.expect("the waiting task was not woken").unwrap();
}

async fn nothing_is_kept_without_webhooks(fixture: &Fixture) {
    let store = fixture.open().await;
    add_one(&store, file("a")).await;
    assert_eq!(store.next_due().await.unwrap(), None);
    assert!(timeout(Duration::from_millis(50), store.outbox_filled()).await.is_err());
}
