//! Taking a file for a change, and its steps.

use std::time::Duration;

use serde_json::json;

use super::{
    fixture::{Fixture, LEASE, add_one, file, object, pend, plan},
    over_both,
};
use crate::{
    Error, FileId, FocalPoint, Format, Link, MediaFile,
    store::{Before, Claim, Phase, Plan, Replaced, State, Store},
};

over_both![
    one_of_several_takes_a_file,
    a_file_that_is_replaced_is_seen_and_busy,
    a_lease_that_has_ended_shows,
    a_file_that_is_removed_is_missing,
    a_released_file_can_be_taken_again,
    only_the_owner_goes_on,
    a_replacement_is_seen_at_once,
    a_plan_comes_back_as_it_was,
    removing_takes_the_links_along,
];

async fn take(store: &Store, id: i64, owner: &str, to: State) -> Claim {
    store.claim(&FileId::Number(id), owner, LEASE, to).await.unwrap()
}

async fn one_of_several_takes_a_file(fixture: &Fixture) {
    let (one, two) = (fixture.open().await, fixture.open().await);
    for round in 0..10 {
        let id = add_one(&one, file("a")).await.id;
        let mut tries = tokio::task::JoinSet::new();
        for number in 0..8 {
            let store = if number % 2 == 0 { one.clone() } else { two.clone() };
            tries.spawn(async move { take(&store, id, &format!("owner{number}"), State::Replacing).await });
        }
        let outcomes = tries.join_all().await;
        let taken = outcomes.iter().filter(|outcome| matches!(outcome, Claim::Claimed(_))).count();
        assert_eq!(taken, 1, "round {round}: {outcomes:?}");
        assert!(outcomes.iter().all(|outcome| *outcome != Claim::Missing), "round {round}: {outcomes:?}");
    }
}

async fn a_file_that_is_replaced_is_seen_and_busy(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    assert_eq!(take(&store, added.id, "me", State::Replacing).await, Claim::Claimed(Box::new(added.clone())));
    assert_eq!(store.get(&FileId::Number(added.id)).await.unwrap(), Some(added.clone()));
    for to in [State::Replacing, State::Deleting] {
        assert_eq!(take(&store, added.id, "you", to).await, Claim::Busy { expired: false });
    }
}

async fn a_lease_that_has_ended_shows(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    store.claim(&FileId::Number(added.id), "me", Duration::ZERO, State::Replacing).await.unwrap();
    assert_eq!(take(&store, added.id, "you", State::Replacing).await, Claim::Busy { expired: true });
}

async fn a_file_that_is_removed_is_missing(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    let id = FileId::Document(added.document_id.clone());
    let claim = store.claim(&id, "me", LEASE, State::Deleting).await.unwrap();
    assert_eq!(claim, Claim::Claimed(Box::new(added)));
    assert_eq!(store.get(&id).await.unwrap(), None);
    assert_eq!(store.claim(&id, "you", LEASE, State::Deleting).await.unwrap(), Claim::Missing);
    let pending = pend(&store, "me", vec![file("b")]).await.remove(0);
    assert_eq!(take(&store, pending.id, "me", State::Replacing).await, Claim::Missing);
    assert_eq!(take(&store, -1, "me", State::Replacing).await, Claim::Missing);
}

async fn a_released_file_can_be_taken_again(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    for to in [State::Deleting, State::Replacing] {
        take(&store, added.id, "me", to).await;
        store.set_plan(added.id, "me", &plan()).await.unwrap();
        store.release(added.id, "me").await.unwrap();
        assert_eq!(store.get(&FileId::Number(added.id)).await.unwrap(), Some(added.clone()));
    }
    assert_eq!(take(&store, added.id, "you", State::Replacing).await, Claim::Claimed(Box::new(added)));
}

async fn only_the_owner_goes_on(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    take(&store, added.id, "me", State::Replacing).await;
    let next = Replaced::of(&added);
    let outcomes = [
        store.set_plan(added.id, "you", &plan()).await,
        store.replaced(added.id, "you", &next, &plan()).await.map(|_| ()),
        store.release(added.id, "you").await,
        store.remove(added.id, "you", false).await,
        store.remove(added.id, "you", true).await,
    ];
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Error::LostLease))), "{outcomes:?}");
    store.release(added.id, "me").await.unwrap();
    let outcomes = [
        store.set_plan(added.id, "me", &plan()).await,
        store.replaced(added.id, "me", &next, &plan()).await.map(|_| ()),
        store.release(added.id, "me").await,
        store.remove(added.id, "me", true).await,
    ];
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Error::LostLease))), "after: {outcomes:?}");
}

/// What a row says after a replacement, all of it other than before.
fn replacement() -> Replaced {
    Replaced {
        name: "new.png".to_owned(),
        alternative_text: Some("new".to_owned()),
        caption: None,
        focal_point: Some(FocalPoint { x: 3.0, y: 4.5 }),
        width: Some(10),
        height: Some(20),
        formats: Some(vec![Format {
            format: "thumbnail".to_owned(),
            name: "thumbnail_new.png".to_owned(),
            hash: "thumbnail_new".to_owned(),
            ext: ".png".to_owned(),
            mime: "image/png".to_owned(),
            path: None,
            width: 5,
            height: 10,
            size_bytes: 99,
            url: "/t".to_owned(),
            key: Some("t".to_owned()),
            etag: None,
            provider_metadata: Some(json!([1])),
        }]),
        mime: "image/png".to_owned(),
        size_bytes: 77,
        url: "/new".to_owned(),
        preview_url: Some("/preview".to_owned()),
        key: Some("new".to_owned()),
        etag: Some("e".to_owned()),
        checksum: Some("c".to_owned()),
        provider: "other".to_owned(),
        provider_chain: vec!["other".to_owned(), "base".to_owned()],
        provider_metadata: Some(json!({ "k": "v" })),
    }
}

async fn a_replacement_is_seen_at_once(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, MediaFile { caption: Some("old".to_owned()), ..file("a.txt") }).await;
    let id = FileId::Number(added.id);
    take(&store, added.id, "me", State::Replacing).await;
    let new = replacement();
    let cleaning = Plan { phase: Phase::Cleaning, old: vec![object("old")], ..Plan::preparing(Vec::new()) };
    let shown = store.replaced(added.id, "me", &new, &cleaning).await.unwrap();

    assert_eq!(Replaced::of(&shown), new);
    assert!(shown.updated_at >= added.updated_at);
    // These never change.
    assert_eq!(
        (&shown.document_id, &shown.hash, &shown.ext, shown.created_at),
        (&added.document_id, &added.hash, &added.ext, added.created_at)
    );
    assert_eq!(store.get(&id).await.unwrap(), Some(shown.clone()));
    assert_eq!(take(&store, added.id, "you", State::Replacing).await, Claim::Busy { expired: false });

    store.abandon("me", &[added.id]).await.unwrap();
    let left = store.take_expired("you", LEASE, 10).await.unwrap().remove(0);
    assert_eq!((left.state, left.file, left.plan), (State::Replacing, shown.clone(), Some(cleaning)));
    store.release(added.id, "you").await.unwrap();
    assert_eq!(store.get(&id).await.unwrap(), Some(shown));
}

async fn a_plan_comes_back_as_it_was(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    take(&store, added.id, "me", State::Replacing).await;
    let mut with_key = object("b");
    with_key.key = Some("key".to_owned());
    let plans = [
        plan(),
        Plan {
            phase: Phase::Committing,
            objects: vec![object("a"), with_key],
            old: vec![object("c")],
            next: Some(Box::new(replacement())),
            before: Some(Before::Missing),
            may_arrive_until: Some(7),
        },
        Plan {
            phase: Phase::Committing,
            next: Some(Box::new(Replaced {
                formats: None,
                focal_point: None,
                provider_metadata: None,
                ..replacement()
            })),
            before: Some(Before::Stored { etag: None, size: 7 }),
            ..plan()
        },
    ];
    for given in plans {
        store.set_plan(added.id, "me", &given).await.unwrap();
        store.abandon("me", &[added.id]).await.unwrap();
        let left = store.take_expired("me", LEASE, 10).await.unwrap().remove(0);
        assert_eq!(left.plan, Some(given));
    }
}

async fn removing_takes_the_links_along(fixture: &Fixture) {
    let store = fixture.open().await;
    let files = pend(&store, "me", vec![file("a")]).await;
    let link = Link { reference: "api::a.a".to_owned(), id: "1".to_owned(), field: "f".to_owned() };
    let file = store.finish("me", files, Some(&link)).await.unwrap().remove(0);
    assert_eq!(store.links_of(&[file.id]).await.unwrap().len(), 1);
    take(&store, file.id, "me", State::Deleting).await;
    store.remove(file.id, "me", true).await.unwrap();
    assert_eq!(store.links_of(&[file.id]).await.unwrap(), []);
    assert!(matches!(store.remove(file.id, "me", true).await, Err(Error::LostLease)));
}
