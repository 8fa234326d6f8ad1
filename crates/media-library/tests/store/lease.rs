//! Leases.

use std::time::Duration;

use super::{
    fixture::{Fixture, LEASE, add_one, file, object, pend},
    over_both,
};
use crate::{
    Error, FileId,
    store::{Claim, PendingFile, Plan, State},
};

over_both![
    what_has_a_lease_is_left_alone,
    an_abandoned_row_goes_to_who_asks,
    a_lease_ends_by_itself,
    a_replacement_in_doubt_is_so_until_its_time_is_over,
    renewing_answers_what_is_still_ours,
    a_complete_file_has_no_lease,
    a_taken_row_is_lost_to_its_owner,
    no_more_are_taken_than_asked_for,
    one_file_is_taken_without_the_others,
];

async fn what_has_a_lease_is_left_alone(fixture: &Fixture) {
    let store = fixture.open().await;
    pend(&store, "me", vec![file("a"), file("b")]).await;
    assert_eq!(store.take_expired("you", LEASE, 10).await.unwrap(), []);
}

async fn an_abandoned_row_goes_to_who_asks(fixture: &Fixture) {
    let store = fixture.open().await;
    let plan = Plan::preparing(vec![object("a"), object("b")]);
    let ids = store.insert_pending("me", LEASE, vec![PendingFile::of(&file("a"), plan.clone())]).await.unwrap();
    store.abandon("you", &ids).await.unwrap();
    assert_eq!(store.take_expired("you", LEASE, 10).await.unwrap(), [], "another's lease does not end");

    store.abandon("me", &ids).await.unwrap();
    let taken = store.take_expired("you", LEASE, 10).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].state, taken[0].file.id, taken[0].plan.as_ref()), (State::Pending, ids[0], Some(&plan)));
    assert_eq!(store.take_expired("they", LEASE, 10).await.unwrap(), []);
    store.remove(ids[0], "you", false).await.unwrap();
}

async fn a_lease_ends_by_itself(fixture: &Fixture) {
    let store = fixture.open().await;
    let lease = Duration::from_millis(300);
    let plan = super::fixture::plan();
    store.insert_pending("me", lease, vec![PendingFile::of(&file("a"), plan)]).await.unwrap();
    let mut taken = Vec::new();
    while taken.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        taken = store.take_expired("you", LEASE, 10).await.unwrap();
    }
    assert_eq!(taken[0].state, State::Pending);
}

async fn a_replacement_in_doubt_is_so_until_its_time_is_over(fixture: &Fixture) {
    let store = fixture.open().await;
    let id = add_one(&store, file("a")).await.id;
    assert!(matches!(
        store.claim(&FileId::Number(id), "me", LEASE, State::Replacing).await.unwrap(),
        Claim::Claimed(_)
    ));
    for (for_so_long, may_arrive) in [(LEASE, true), (Duration::ZERO, false)] {
        store.doubt(id, "me", super::fixture::plan(), for_so_long, Duration::ZERO).await.unwrap();
        let taken = store.take_expired("me", LEASE, 10).await.unwrap().remove(0);
        assert_eq!((taken.may_arrive, taken.file.id), (may_arrive, id));
    }
    let lost = store.doubt(id, "you", super::fixture::plan(), LEASE, LEASE).await;
    assert!(matches!(lost, Err(Error::LostLease)), "{lost:?}");
}

async fn renewing_answers_what_is_still_ours(fixture: &Fixture) {
    let store = fixture.open().await;
    let mine = pend(&store, "me", vec![file("a"), file("b"), file("c")]).await;
    let yours = pend(&store, "you", vec![file("d")]).await;
    let ids: Vec<i64> = mine.iter().chain(&yours).map(|file| file.id).collect();
    store.abandon("me", &ids).await.unwrap();
    store.finish("me", mine[2..].to_vec(), None).await.unwrap();

    let mut renewed = store.renew("me", LEASE, &ids).await.unwrap();
    renewed.sort_unstable();
    assert_eq!(renewed, [mine[0].id, mine[1].id]);
    assert_eq!(store.take_expired("they", LEASE, 10).await.unwrap(), []);
    assert_eq!(store.renew("me", LEASE, &[]).await.unwrap(), [0_i64; 0]);
}

async fn a_complete_file_has_no_lease(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    store.abandon("adder", &[added.id]).await.unwrap();
    assert_eq!(store.take_expired("you", LEASE, 10).await.unwrap(), []);
    store.claim(&FileId::Number(added.id), "me", LEASE, State::Replacing).await.unwrap();
    store.release(added.id, "me").await.unwrap();
    assert_eq!(store.renew("me", LEASE, &[added.id]).await.unwrap(), [0_i64; 0]);
    assert_eq!(store.take_expired("you", LEASE, 10).await.unwrap(), []);
}

async fn a_taken_row_is_lost_to_its_owner(fixture: &Fixture) {
    let store = fixture.open().await;
    let files = pend(&store, "me", vec![file("a")]).await;
    store.abandon("me", &[files[0].id]).await.unwrap();
    assert_eq!(store.take_expired("you", LEASE, 10).await.unwrap().len(), 1);
    assert!(matches!(store.finish("me", files.clone(), None).await, Err(Error::LostLease)));
    assert_eq!(store.renew("me", LEASE, &[files[0].id]).await.unwrap(), [0_i64; 0]);
}

async fn no_more_are_taken_than_asked_for(fixture: &Fixture) {
    let store = fixture.open().await;
    let files = pend(&store, "me", (0..5).map(|_| file("a")).collect()).await;
    let ids: Vec<i64> = files.iter().map(|file| file.id).collect();
    store.abandon("me", &ids).await.unwrap();
    let first = store.take_expired("you", LEASE, 2).await.unwrap();
    let second = store.take_expired("you", LEASE, 10).await.unwrap();
    assert_eq!((first.len(), second.len()), (2, 3));
    assert!(first.iter().all(|one| second.iter().all(|other| one.file.id != other.file.id)));
}

async fn one_file_is_taken_without_the_others(fixture: &Fixture) {
    let store = fixture.open().await;
    let files = pend(&store, "me", (0..3).map(|_| file("a")).collect()).await;
    let id = FileId::Document(files[1].document_id.clone());
    assert_eq!(store.take_expired_file("you", LEASE, &id).await.unwrap(), None);
    store.abandon("me", &files.iter().map(|file| file.id).collect::<Vec<_>>()).await.unwrap();
    let taken = store.take_expired_file("you", LEASE, &id).await.unwrap();
    assert_eq!(taken.map(|taken| taken.file.id), Some(files[1].id));
    let taken = store.take_expired_file("you", LEASE, &FileId::Number(files[0].id)).await.unwrap();
    assert_eq!(taken.map(|taken| taken.file.id), Some(files[0].id));
    assert_eq!(store.take_expired("they", LEASE, 10).await.unwrap().len(), 1);
}
