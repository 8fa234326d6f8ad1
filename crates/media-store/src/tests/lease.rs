//! Leases.

use std::time::Duration;

use super::{
    fixture::{Fixture, LEASE, add_one, claim, claim_for, file, object, pend, pend_for, plan, publish},
    over_both,
};
use crate::{Announce, Error, FileId, PendingFile, Plan, RowState, Store};

over_both![
    a_row_with_a_lease_is_not_taken,
    an_abandoned_row_is_taken_once,
    a_lease_ends_by_itself,
    a_replacement_with_an_unknown_outcome_says_until_when,
    a_heartbeat_renews_the_claims_that_exist,
    a_heartbeat_that_is_late_does_not_lose_a_claim_to_its_own_host,
    the_end_of_one_claim_leaves_the_next_claim_of_the_file_alone,
    a_claim_that_is_dropped_by_a_panic_is_not_renewed,
    a_complete_file_has_no_lease,
    no_more_rows_are_taken_than_asked_for,
    one_file_is_taken_without_the_others,
];

/// The ids of the rows that another host can take.
async fn takeable(fixture: &Fixture) -> Vec<i64> {
    let other = fixture.open().await;
    let taken = other.take_expired(Duration::ZERO, 10).await.unwrap();
    taken.iter().map(|unfinished| unfinished.file.id).collect()
}

async fn a_row_with_a_lease_is_not_taken(fixture: &Fixture) {
    let store = fixture.open().await;
    let _files = pend(&store, vec![file("a"), file("b")]).await;
    assert_eq!(takeable(fixture).await, [0_i64; 0]);
}

async fn an_abandoned_row_is_taken_once(fixture: &Fixture) {
    let (store, other) = (fixture.open().await, fixture.open().await);
    let plan = Plan::preparing(vec![object("a"), object("b")]);
    let row = PendingFile::of(&file("a"), plan.clone());
    let claim = store.insert_pending(LEASE, vec![row]).await.unwrap().remove(0);
    let id = claim.id();
    claim.abandon(Duration::ZERO).await.unwrap();
    let taken = other.take_expired(LEASE, 10).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].state, taken[0].file.id, taken[0].plan.as_ref()), (RowState::Pending, id, Some(&plan)));
    assert_eq!(takeable(fixture).await, [0_i64; 0]);
    taken[0].claim.remove(Announce::No).await.unwrap();
}

async fn a_lease_ends_by_itself(fixture: &Fixture) {
    let store = fixture.open().await;
    let _files = pend_for(&store, Duration::from_millis(300), vec![file("a")]).await;
    while takeable(fixture).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a_replacement_with_an_unknown_outcome_says_until_when(fixture: &Fixture) {
    let store = fixture.open().await;
    let id = add_one(&store, file("a")).await.id;
    let mut replacing = claim(&store, id, RowState::Replacing).await;
    for (arrives, may_arrive) in [(LEASE, true), (Duration::ZERO, false)] {
        replacing.abandon_with_unknown_outcome(plan(), arrives, Duration::ZERO).await.unwrap();
        let again = replacing.abandon_with_unknown_outcome(plan(), arrives, Duration::ZERO).await;
        assert!(matches!(again, Err(Error::LostLease)), "{again:?}");
        let taken = store.take_expired(LEASE, 10).await.unwrap().remove(0);
        assert_eq!((taken.may_arrive, taken.file.id), (may_arrive, id));
        replacing = taken.claim;
    }
}

async fn a_heartbeat_renews_the_claims_that_exist(fixture: &Fixture) {
    let store = fixture.open().await;
    let mut files = pend_for(&store, Duration::ZERO, vec![file("a"), file("b"), file("c")]).await;
    let (dropped, published) = (files.remove(2).0.id(), files.remove(1));
    publish(&store, std::slice::from_ref(&published), None).await.unwrap();
    store.renew_claims(LEASE).await.unwrap();
    assert_eq!(takeable(fixture).await, [dropped]);
}

async fn a_heartbeat_that_is_late_does_not_lose_a_claim_to_its_own_host(fixture: &Fixture) {
    let store = fixture.open().await;
    let files = pend_for(&store, Duration::ZERO, vec![file("a")]).await;
    assert!(store.take_expired(LEASE, 10).await.unwrap().is_empty());
    publish(&store, &files, None).await.unwrap();
}

async fn the_end_of_one_claim_leaves_the_next_claim_of_the_file_alone(fixture: &Fixture) {
    let store = fixture.open().await;
    let id = add_one(&store, file("a")).await.id;
    let first = claim(&store, id, RowState::Replacing).await;
    // The row is released, and the first change has not heard of it yet when the next one begins.
    first.release().await.unwrap();
    let second = claim_for(&store, Duration::ZERO, id, RowState::Replacing).await;
    drop(first);
    store.renew_claims(LEASE).await.unwrap();
    assert_eq!(takeable(fixture).await, [0_i64; 0]);
    second.release().await.unwrap();
}

async fn a_claim_that_is_dropped_by_a_panic_is_not_renewed(fixture: &Fixture) {
    let store = fixture.open().await;
    let id = add_one(&store, file("a")).await.id;
    let replacing = claim_for(&store, Duration::ZERO, id, RowState::Replacing).await;
    let change = tokio::spawn(async move {
        let _claim = replacing;
        panic!("the change fails");
    });
    change.await.unwrap_err();
    store.renew_claims(LEASE).await.unwrap();
    assert_eq!(takeable(fixture).await, [id]);
}

async fn a_complete_file_has_no_lease(fixture: &Fixture) {
    let store = fixture.open().await;
    let id = add_one(&store, file("a")).await.id;
    let replacing = claim(&store, id, RowState::Replacing).await;
    replacing.release().await.unwrap();
    assert!(matches!(replacing.renew(Duration::ZERO).await, Err(Error::LostLease)));
    assert_eq!(takeable(fixture).await, [0_i64; 0]);
}

async fn abandoned(store: &Store, count: usize) -> Vec<i64> {
    let mut ids = Vec::new();
    for (claim, file) in pend(store, (0..count).map(|_| file("a")).collect()).await {
        claim.abandon(Duration::ZERO).await.unwrap();
        ids.push(file.id);
    }
    ids
}

async fn no_more_rows_are_taken_than_asked_for(fixture: &Fixture) {
    let store = fixture.open().await;
    abandoned(&store, 5).await;
    let first = store.take_expired(LEASE, 2).await.unwrap();
    let second = store.take_expired(LEASE, 10).await.unwrap();
    assert_eq!((first.len(), second.len()), (2, 3));
    assert!(first.iter().all(|one| second.iter().all(|other| one.file.id != other.file.id)));
}

async fn one_file_is_taken_without_the_others(fixture: &Fixture) {
    let store = fixture.open().await;
    let running = pend(&store, vec![file("a")]).await;
    let id = FileId::Document(running[0].1.document_id.clone());
    assert!(store.take_expired_file(LEASE, &id).await.unwrap().is_none());
    let ids = abandoned(&store, 2).await;
    let taken = store.take_expired_file(LEASE, &FileId::Number(ids[0])).await.unwrap();
    assert_eq!(taken.map(|taken| taken.file.id), Some(ids[0]));
    assert_eq!(takeable(fixture).await, [ids[1]]);
}
