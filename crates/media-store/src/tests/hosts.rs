//! Several hosts at one table.

use std::{collections::HashSet, time::Duration};

use tokio::task::JoinSet;

use super::{
    fixture::{Fixture, LEASE, add, add_one, file, pend_for, publish, webhook},
    over_both,
};
use crate::{Connection, DatabaseError, Error, FileId, FindQuery, Operation, Store};

over_both![
    hosts_that_start_at_once_make_one_table,
    each_row_that_was_left_goes_to_one_host,
    each_event_goes_to_one_host,
    what_one_host_adds_the_other_sees,
    tables_of_a_newer_program_are_refused,
];

async fn hosts_that_start_at_once_make_one_table(fixture: &Fixture) {
    let mut starts = JoinSet::new();
    for number in 0..8 {
        let database = fixture.database.clone();
        starts.spawn(async move {
            let store = Store::open(&database, &[]).await.unwrap();
            add_one(&store, file(&format!("of host {number}"))).await;
            store
        });
    }
    let stores = starts.join_all().await;
    for store in &stores {
        assert_eq!(store.count(&FindQuery::default()).await.unwrap(), 8);
    }
}

async fn each_row_that_was_left_goes_to_one_host(fixture: &Fixture) {
    let first = fixture.open().await;
    let files = pend_for(&first, Duration::ZERO, (0..200).map(|_| file("a")).collect()).await;
    let ids: HashSet<i64> = files.iter().map(|(_, file)| file.id).collect();

    let mut sweepers = JoinSet::new();
    for _ in 0..4 {
        let store = fixture.open().await;
        sweepers.spawn(async move {
            let mut taken = Vec::new();
            loop {
                let some = store.take_expired(LEASE, 7).await.unwrap();
                if some.is_empty() {
                    return taken;
                }
                taken.extend(some);
            }
        });
    }
    let mut taken: Vec<_> = sweepers.join_all().await.into_iter().flatten().collect();
    // A row that one host was just taking may have been left out by all hosts. A later attempt gets it.
    taken.extend(fixture.open().await.take_expired(LEASE, 200).await.unwrap());
    let taken: Vec<i64> = taken.into_iter().map(|unfinished| unfinished.file.id).collect();
    assert_eq!(taken.len(), ids.len());
    assert_eq!(taken.into_iter().collect::<HashSet<_>>(), ids);
}

async fn each_event_goes_to_one_host(fixture: &Fixture) {
    let hooks = [webhook("http://one", &["media.create"])];
    let first = fixture.open_with(&hooks).await;
    add(&first, (0..100).map(|_| file("a")).collect()).await;
    let mut senders = JoinSet::new();
    for _ in 0..4 {
        let store = fixture.open().await;
        senders.spawn(async move {
            let mut taken = Vec::new();
            loop {
                let some = store.take_due(7, LEASE).await.unwrap();
                if some.is_empty() {
                    return taken;
                }
                taken.extend(some.into_iter().map(|event| event.id));
            }
        });
    }
    let mut taken = senders.join_all().await.concat();
    taken.extend(first.take_due(100, LEASE).await.unwrap().into_iter().map(|event| event.id));
    assert_eq!(taken.len(), 100);
    assert_eq!(taken.into_iter().collect::<HashSet<_>>().len(), 100);
}

async fn what_one_host_adds_the_other_sees(fixture: &Fixture) {
    let (one, two) = (fixture.open().await, fixture.open().await);
    for _ in 0..20 {
        let added = add_one(&one, file("a")).await;
        assert_eq!(two.get(&FileId::Number(added.id)).await.unwrap(), Some(added));
    }
    let files = pend_for(&one, Duration::ZERO, vec![file("b")]).await;
    assert_eq!(two.take_expired(LEASE, 5).await.unwrap().len(), 1);
    assert!(matches!(publish(&one, &files, None).await, Err(Error::LostLease)));
}

/// Pretends that a later version of the tables was installed.
struct Future;

impl Operation for Future {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> crate::Result<()> {
        connection
            .execute("insert into longshore_migrations (version, applied_at) values (?1, 0)", &[99.into()])
            .await?;
        Ok(())
    }
}

async fn tables_of_a_newer_program_are_refused(fixture: &Fixture) {
    let store = fixture.open().await;
    store.write(Future).await.unwrap();
    let error = Store::open(&fixture.database, &[]).await.unwrap_err();
    let Error::Unusable { source, .. } = error else { panic!("{error:?}") };
    assert!(matches!(*source, DatabaseError::TooNew { found: 99, .. }), "{source:?}");
}
