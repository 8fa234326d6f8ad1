//! A server that goes away and comes back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use longshore_dev_postgres::Server;
use longshore_provider::Secret;
use tokio::{task::JoinSet, time::Instant};

use super::fixture::{Fixture, LEASE, file, plan};
use crate::{Database, DatabaseError, Error, FindQuery, PendingFile, Store};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_outlives_the_servers_crash() {
    let Some(server) = Server::start() else { return };
    let store = Fixture::of_server(&server).await.open().await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let (store, stop) = (store.clone(), Arc::clone(&stop));
        writers.spawn(async move {
            let mut answered = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                match add(&store).await {
                    Ok(id) => answered.push(id),
                    Err(Error::Database(DatabaseError::Postgres(_) | DatabaseError::TimedOut(_))) => break,
                    Err(error) => panic!("{error:?}"),
                }
            }
            answered
        });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.crash();
    stop.store(true, Ordering::Relaxed);
    let answered = writers.join_all().await.concat();
    assert!(!answered.is_empty());
    assert!(matches!(store.ping(LEASE).await, Err(Error::Database(_))));

    server.resume();
    let give_up = Instant::now() + Duration::from_mins(1);
    while let Err(error) = store.ping(LEASE).await {
        assert!(Instant::now() < give_up, "{error:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(store.get_many(&answered).await.unwrap().len(), answered.len());
    add(&store).await.unwrap();
    let all = store.count(&FindQuery::default()).await.unwrap();
    assert!(all > answered.len() as u64, "{all}");
}

async fn add(store: &Store) -> crate::Result<i64> {
    let file = file("a");
    let claims = store.insert_pending(LEASE, vec![PendingFile::of(&file, plan())]).await?;
    let files = store.publish([(&claims[0], file)], None).await?;
    Ok(files[0].id)
}

/// The error of opening a database, and how long that took.
async fn refused(url: &str) -> (Error, Duration) {
    let started = Instant::now();
    let database = Database::Postgres { url: Secret::new(url), connections: 1 };
    let error = Store::open(&database, &[]).await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("hidden"), "{error:?}");
    (error, started.elapsed())
}

fn reason(error: &Error) -> (String, Option<&'static str>) {
    let Error::Unusable { source, .. } = error else { panic!("{error:?}") };
    (source.to_string(), source.hint())
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let (error, _) = refused("postgres://me:hidden@localhost:1/media?host=/nowhere").await;
    let Error::Unusable { database, .. } = &error else { panic!("{error:?}") };
    assert!(database.ends_with("/media"), "{database}");
}

#[tokio::test]
async fn a_refused_connection_is_reported_at_once() {
    // Nothing listens where a listener has just been closed.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (error, took) = refused(&format!("postgres://me:hidden@{address}/media")).await;
    assert_eq!(error.to_string(), format!("cannot use the database `postgres://{address}/media`"));
    let hint = "start PostgreSQL there, or correct `database.url`";
    assert_eq!(reason(&error), ("PostgreSQL: nothing listens at this host and port".to_owned(), Some(hint)));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_missing_database_is_named_with_the_next_step() {
    let Some(server) = Server::shared() else { return };
    let (error, _) = refused(&server.url("nothing")).await;
    let (reason, hint) = reason(&error);
    assert_eq!(reason, "PostgreSQL: database \"nothing\" does not exist");
    assert!(hint.unwrap().contains("createdb"), "{hint:?}");
}
