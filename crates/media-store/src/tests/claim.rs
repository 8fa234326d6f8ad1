//! Claiming a file for a change, and the steps of the change.

use std::time::Duration;

use serde_json::json;

use super::{
    fixture::{Fixture, LEASE, add_one, claim, claim_for, file, object, pend, plan, publish},
    over_both,
};
use crate::{
    Announce, Claim, ClaimAttempt, Error, FileId, FocalPoint, Format, Link, MediaFile, Phase, Plan, PreviousObject,
    Replaced, RowState, Store,
};

over_both![
    one_of_several_attempts_claims_a_file,
    a_file_that_is_replaced_is_visible_and_busy,
    a_file_that_is_removed_is_missing,
    a_released_file_can_be_claimed_again,
    a_claim_that_was_taken_by_another_host_changes_nothing,
    a_stalled_change_cannot_write_to_the_next_change_of_its_host,
    a_replacement_is_visible_at_once,
    a_plan_comes_back_as_it_was,
    removing_takes_the_links_along,
];

async fn attempt(store: &Store, id: i64, to: RowState) -> ClaimAttempt {
    store.claim(&FileId::Number(id), LEASE, to).await.unwrap()
}

async fn one_of_several_attempts_claims_a_file(fixture: &Fixture) {
    let (one, two) = (fixture.open().await, fixture.open().await);
    for round in 0..10 {
        let id = add_one(&one, file("a")).await.id;
        let mut tries = tokio::task::JoinSet::new();
        for number in 0..8 {
            let store = if number % 2 == 0 { one.clone() } else { two.clone() };
            tries.spawn(async move { attempt(&store, id, RowState::Replacing).await });
        }
        let outcomes = tries.join_all().await;
        let claimed = outcomes.iter().filter(|outcome| matches!(outcome, ClaimAttempt::Claimed(..))).count();
        let busy = outcomes.iter().filter(|outcome| matches!(outcome, ClaimAttempt::Busy { expired: false })).count();
        assert_eq!((claimed, busy), (1, 7), "round {round}: {outcomes:?}");
    }
}

async fn a_file_that_is_replaced_is_visible_and_busy(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    let ClaimAttempt::Claimed(replacing, claimed) = attempt(&store, added.id, RowState::Replacing).await else {
        panic!("it is busy")
    };
    assert_eq!(*claimed, added);
    assert_eq!(store.get(&FileId::Number(added.id)).await.unwrap(), Some(added.clone()));
    for to in [RowState::Replacing, RowState::Deleting] {
        let outcome = attempt(&store, added.id, to).await;
        assert!(matches!(outcome, ClaimAttempt::Busy { expired: false }), "{outcome:?}");
    }
    replacing.renew(Duration::ZERO).await.unwrap();
    let outcome = attempt(&store, added.id, RowState::Replacing).await;
    assert!(matches!(outcome, ClaimAttempt::Busy { expired: true }), "{outcome:?}");
}

async fn a_file_that_is_removed_is_missing(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    let id = FileId::Document(added.document_id.clone());
    let outcome = store.claim(&id, LEASE, RowState::Deleting).await.unwrap();
    assert!(matches!(&outcome, ClaimAttempt::Claimed(_, file) if **file == added), "{outcome:?}");
    assert_eq!(store.get(&id).await.unwrap(), None);
    let (_pending, file) = pend(&store, vec![file("b")]).await.remove(0);
    for id in [added.id, file.id, -1] {
        assert!(matches!(attempt(&store, id, RowState::Replacing).await, ClaimAttempt::Missing), "{id}");
    }
}

async fn a_released_file_can_be_claimed_again(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    for to in [RowState::Deleting, RowState::Replacing] {
        let claim = claim(&store, added.id, to).await;
        claim.set_plan(&plan()).await.unwrap();
        claim.release().await.unwrap();
        assert_eq!(store.get(&FileId::Number(added.id)).await.unwrap(), Some(added.clone()));
        assert_lost(&claim, &added).await;
    }
}

/// That no statement of the claim changes the row.
async fn assert_lost(claim: &Claim, file: &MediaFile) {
    let outcomes = [
        claim.set_plan(&plan()).await,
        claim.show_replacement(&Replaced { name: "lost".to_owned(), ..Replaced::of(file) }, &plan()).await.map(drop),
        claim.renew(LEASE).await,
        claim.abandon_with_unknown_outcome(plan(), LEASE, Duration::ZERO).await,
        claim.mark_for_deletion().await,
        claim.release().await,
        claim.remove(Announce::No).await,
        claim.remove(Announce::Yes).await,
    ];
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Error::LostLease))), "{outcomes:?}");
}

async fn a_claim_that_was_taken_by_another_host_changes_nothing(fixture: &Fixture) {
    let (store, other) = (fixture.open().await, fixture.open().await);
    let added = add_one(&store, file("a")).await;
    let replacing = claim_for(&store, Duration::ZERO, added.id, RowState::Replacing).await;
    let taken = other.take_expired(LEASE, 10).await.unwrap().remove(0);
    assert_lost(&replacing, &added).await;
    replacing.abandon(Duration::ZERO).await.unwrap_err();
    taken.claim.release().await.unwrap();

    let files = pend(&store, vec![file("b")]).await;
    files[0].0.renew(Duration::ZERO).await.unwrap();
    let taken = other.take_expired(LEASE, 10).await.unwrap().remove(0);
    assert!(matches!(publish(&store, &files, None).await, Err(Error::LostLease)));
    taken.claim.remove(Announce::No).await.unwrap();
}

async fn a_stalled_change_cannot_write_to_the_next_change_of_its_host(fixture: &Fixture) {
    let (store, other) = (fixture.open().await, fixture.open().await);
    let added = add_one(&store, file("a")).await;
    let stalled = claim_for(&store, Duration::ZERO, added.id, RowState::Replacing).await;
    other.take_expired(LEASE, 10).await.unwrap().remove(0).claim.release().await.unwrap();
    let next = claim(&store, added.id, RowState::Replacing).await;
    let newer = Plan::preparing(vec![object("newer")]);
    next.set_plan(&newer).await.unwrap();
    assert_lost(&stalled, &added).await;
    drop(stalled);
    next.renew(Duration::ZERO).await.unwrap();
    let left = other.take_expired(LEASE, 10).await.unwrap().remove(0);
    assert_eq!(left.plan, Some(newer));
}

/// The columns after a replacement, all of them different from before.
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

async fn a_replacement_is_visible_at_once(fixture: &Fixture) {
    let (store, other) = (fixture.open().await, fixture.open().await);
    let added = add_one(&store, MediaFile { caption: Some("old".to_owned()), ..file("a.txt") }).await;
    let id = FileId::Number(added.id);
    let replacing = claim(&store, added.id, RowState::Replacing).await;
    let new = replacement();
    let cleaning = Plan { phase: Phase::Cleaning, old: vec![object("old")], ..Plan::preparing(Vec::new()) };
    let shown = replacing.show_replacement(&new, &cleaning).await.unwrap();

    assert_eq!(Replaced::of(&shown), new);
    assert!(shown.updated_at >= added.updated_at);
    // These never change.
    assert_eq!(
        (&shown.document_id, &shown.hash, &shown.ext, shown.created_at),
        (&added.document_id, &added.hash, &added.ext, added.created_at)
    );
    assert_eq!(store.get(&id).await.unwrap(), Some(shown.clone()));
    assert!(matches!(attempt(&store, added.id, RowState::Replacing).await, ClaimAttempt::Busy { expired: false }));

    replacing.abandon(Duration::ZERO).await.unwrap();
    let left = other.take_expired(LEASE, 10).await.unwrap().remove(0);
    assert_eq!((left.state, left.file, left.plan), (RowState::Replacing, shown.clone(), Some(cleaning)));
    left.claim.release().await.unwrap();
    assert_eq!(store.get(&id).await.unwrap(), Some(shown));
}

async fn a_plan_comes_back_as_it_was(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    let mut replacing = claim(&store, added.id, RowState::Replacing).await;
    let mut with_key = object("b");
    with_key.key = Some("key".to_owned());
    let plans = [
        plan(),
        Plan {
            phase: Phase::Committing,
            objects: vec![object("a"), with_key],
            old: vec![object("c")],
            next: Some(Box::new(replacement())),
            before: Some(PreviousObject::Missing),
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
            before: Some(PreviousObject::Stored { etag: None, size: 7 }),
            ..plan()
        },
    ];
    for given in plans {
        replacing.set_plan(&given).await.unwrap();
        replacing.abandon(Duration::ZERO).await.unwrap();
        let left = store.take_expired(LEASE, 10).await.unwrap().remove(0);
        assert_eq!(left.plan, Some(given));
        replacing = left.claim;
    }
}

async fn removing_takes_the_links_along(fixture: &Fixture) {
    let store = fixture.open().await;
    let files = pend(&store, vec![file("a")]).await;
    let link = Link { reference: "api::a.a".to_owned(), id: "1".to_owned(), field: "f".to_owned() };
    let file = publish(&store, &files, Some(&link)).await.unwrap().remove(0);
    assert_eq!(store.links_of(&[file.id]).await.unwrap().len(), 1);
    claim(&store, file.id, RowState::Deleting).await.remove(Announce::Yes).await.unwrap();
    assert_eq!(store.links_of(&[file.id]).await.unwrap(), []);
}
