//! Faults of the database file of SQLite.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use tokio::task::JoinSet;

use super::fixture::{Fixture, LEASE, add_one, file, plan};
use crate::{
    Connection, Database, DatabaseError, Error, FileId, FindQuery, MediaFile, Operation, PendingFile, Result, Store,
};

fn path(fixture: &Fixture) -> PathBuf {
    let Database::Sqlite { file, .. } = &fixture.database else { panic!("no file") };
    file.clone()
}

/// Lets the file have so many pages more than it has: a disk that is full after them.
struct RoomFor(i64);

impl Operation for RoomFor {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let pages = connection.first("pragma page_count", &[], |row| row.int(0)).await?.unwrap();
        let sql = format!("pragma max_page_count = {}", pages + self.0);
        connection.first(&sql, &[], |row| row.int(0)).await?;
        Ok(())
    }
}

/// One row or two, of twenty pages each.
async fn insert(store: Store, rows: usize) -> Result<usize> {
    let large = MediaFile { name: "x".repeat(80_000), ..file("") };
    let rows =
        (0..rows).map(|_| PendingFile::of(&MediaFile { document_id: file("").document_id, ..large.clone() }, plan()));
    Ok(store.insert_pending(LEASE, rows.collect()).await?.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_fails_what_does_not_fit_and_nothing_that_was_answered() {
    let fixture = Fixture::sqlite();
    let store = fixture.open().await;
    let before = add_one(&store, file("a")).await;
    store.write(RoomFor(400)).await.unwrap();

    let mut inserts = JoinSet::new();
    for number in 0..48 {
        inserts.spawn(insert(store.clone(), 1 + number % 2));
    }
    let outcomes = inserts.join_all().await;
    let stored: usize = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).sum();
    let failures: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(!failures.is_empty());
    let is_failure =
        |error: &&Error| matches!(error, Error::Database(DatabaseError::Sqlite(_) | DatabaseError::Group(_)));
    assert!(failures.iter().all(is_failure), "{failures:?}");
    assert_eq!(pending(&store).await, stored as u64);
    assert_eq!(store.get(&FileId::Number(before.id)).await.unwrap(), Some(before));

    store.write(RoomFor(100_000)).await.unwrap();
    insert(store.clone(), 2).await.unwrap();
    assert_eq!(pending(&store).await, stored as u64 + 2);
}

async fn pending(store: &Store) -> u64 {
    let counts = store.unfinished().await.unwrap();
    counts.into_iter().find(|(state, _)| *state == "pending").unwrap().1
}

#[tokio::test]
async fn a_file_that_is_gone_fails_changes_until_it_is_back() {
    let fixture = Fixture::sqlite();
    let store = fixture.open().await;
    let before = add_one(&store, file("a")).await;
    let (here, away) = (path(&fixture), path(&fixture).with_extension("away"));
    fs::rename(&here, &away).unwrap();

    let is_gone = |error: &Error| match error {
        Error::Database(DatabaseError::Gone(path)) => *path == here,
        Error::Database(DatabaseError::Group(error)) => matches!(&**error, DatabaseError::Gone(path) if *path == here),
        _ => false,
    };
    for _ in 0..2 {
        let error = insert(store.clone(), 1).await.unwrap_err();
        assert!(is_gone(&error), "{error:?}");
        let error = store.ping(LEASE).await.unwrap_err();
        assert!(is_gone(&error), "{error:?}");
    }
    assert!(!here.exists(), "an empty file was made in its place");

    fs::rename(&away, &here).unwrap();
    insert(store.clone(), 1).await.unwrap();
    assert_eq!(store.find(&FindQuery::default()).await.unwrap(), [before]);
}

#[tokio::test]
async fn another_file_in_its_place_is_used() {
    let (one, two) = (Fixture::sqlite(), Fixture::sqlite());
    let (store, other) = (one.open().await, two.open().await);
    add_one(&store, file("old")).await;
    let restored = add_one(&other, file("restored")).await;
    other.close().await;
    fs::rename(path(&two), path(&one)).unwrap();
    for suffix in ["-wal", "-shm"] {
        let mut beside = path(&one).into_os_string();
        beside.push(suffix);
        let _ = fs::remove_file(beside);
    }
    assert_eq!(store.find(&FindQuery::default()).await.unwrap(), [restored]);
    add_one(&store, file("new")).await;
    assert_eq!(store.count(&FindQuery::default()).await.unwrap(), 2);
}

#[tokio::test]
async fn a_file_that_is_no_database_says_so() {
    let fixture = Fixture::sqlite();
    fs::create_dir_all(path(&fixture).parent().unwrap()).unwrap();
    fs::write(path(&fixture), "no database at all, but long enough for a header. ".repeat(100)).unwrap();
    let error = Store::open(&fixture.database, &[]).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot use the database `{}`", path(&fixture).display()));
    let Error::Unusable { source, .. } = error else { panic!("{error:?}") };
    assert!(matches!(*source, DatabaseError::Damaged(_)), "{source:?}");
}

#[tokio::test]
async fn a_damaged_file_says_so() {
    let fixture = Fixture::sqlite();
    let store = fixture.open().await;
    add_one(&store, file("a")).await;
    store.close().await;
    // All but the first page, which says what the file is.
    let mut bytes = fs::read(path(&fixture)).unwrap();
    assert!(bytes.len() > 8192);
    bytes[4096..].fill(0xa5);
    fs::write(path(&fixture), bytes).unwrap();

    let outcome = async { Store::open(&fixture.database, &[]).await?.find(&FindQuery::default()).await };
    let error = match outcome.await.unwrap_err() {
        Error::Unusable { source, .. } => *source,
        Error::Database(error) => error,
        error => panic!("{error:?}"),
    };
    let is_damaged = match &error {
        DatabaseError::Group(error) => matches!(**error, DatabaseError::Damaged(_)),
        error => matches!(error, DatabaseError::Damaged(_)),
    };
    assert!(is_damaged, "{error:?}");
}

#[tokio::test]
async fn the_database_and_its_folder_are_for_the_user_alone() {
    let fixture = Fixture::sqlite();
    let store = fixture.open().await;
    add_one(&store, file("a")).await;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = path(&fixture).parent().unwrap().to_owned();
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2, "the log is beside the file: {files:?}");
    assert!(files.iter().all(|file| mode(file) == 0o600), "{files:?}");
    store.close().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_says_which() {
    let fixture = Fixture::sqlite();
    let folder = path(&fixture).parent().unwrap().to_owned();
    fs::write(&folder, "in the way").unwrap();
    let error = Store::open(&fixture.database, &[]).await.unwrap_err();
    assert!(matches!(&error, Error::DataFolder { path, .. } if *path == folder), "{error:?}");
}

#[tokio::test]
async fn operations_whose_caller_left_disturb_nobody() {
    let fixture = Fixture::sqlite();
    let store = fixture.open().await;
    for _ in 0..20 {
        let mut inserts: Vec<_> = (0..16).map(|_| Box::pin(insert(store.clone(), 2))).collect();
        for half_begun in &mut inserts {
            assert!(futures::poll!(half_begun).is_pending());
        }
        drop(inserts);
        add_one(&store, file("a")).await;
    }
    assert_eq!(store.count(&FindQuery::default()).await.unwrap(), 20);
    assert_eq!(pending(&store).await % 2, 0, "half of an operation was committed");
}

/// Changes a row, then panics if it has to.
struct Panics {
    id: i64,
    name: &'static str,
    fails: bool,
}

impl Operation for Panics {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let sql = "update longshore_files set name = name || ?2 where id = ?1";
        connection.execute(sql, &[self.id.into(), self.name.into()]).await?;
        assert!(!self.fails, "the operation fails");
        Ok(())
    }
}

/// Panics in a reader.
struct ReadPanics;

impl Operation for ReadPanics {
    type Output = ();

    async fn run(&self, _: &mut Connection<'_>) -> Result<()> {
        panic!("the operation fails");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_fails_one_operation_and_leaves_readers_and_writer_at_work() {
    let fixture = Fixture::sqlite();
    let store = fixture.open().await;
    let id = add_one(&store, file("a")).await.id;
    // More panics than there are readers.
    for _ in 0..10 {
        let error = store.read(ReadPanics).await.unwrap_err();
        assert!(matches!(error, Error::Database(DatabaseError::Panicked)), "{error:?}");
        store.ping(LEASE).await.unwrap();
    }
    for round in 0..10 {
        let operation = |name, fails| store.write(Panics { id, name, fails });
        let (first, failed, last) = tokio::join!(operation("1", false), operation("x", true), operation("2", false));
        first.unwrap();
        last.unwrap();
        let error = failed.unwrap_err();
        assert!(matches!(error, Error::Database(DatabaseError::Panicked)), "{error:?}");
        let name = store.get(&FileId::Number(id)).await.unwrap().unwrap().name;
        assert_eq!(name, format!("a{}", "12".repeat(round + 1)));
    }
}
