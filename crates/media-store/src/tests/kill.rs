//! A process that is killed while it writes.

use std::{
    collections::HashSet,
    env,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use super::fixture::{Fixture, file, plan};
use crate::{Database, PendingFile, Store, Synchronous};

/// Says to the process that is killed where to write.
const DATABASE: &str = "LONGSHORE_TEST_DATABASE";
/// Rows of an operation.
const BATCH: usize = 3;

#[tokio::test]
async fn what_was_answered_outlives_a_kill_and_no_operation_is_halved() {
    let fixture = Fixture::sqlite();
    let Database::Sqlite { file, .. } = &fixture.database else { panic!("no file") };
    let mut answered = HashSet::new();
    for _ in 0..3 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "tests::kill::writes_until_it_is_killed", "--ignored", "--nocapture"])
            .env(DATABASE, file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // A line is whole when its full stop is there: the last one may be cut.
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        for (number, line) in lines.filter(|line| line.starts_with("answered ") && line.ends_with('.')).enumerate() {
            let ids = line.trim_start_matches("answered ").trim_end_matches('.').split(' ');
            answered.extend(ids.map(|id| id.parse::<i64>().unwrap()));
            if number == 100 {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();

        let store = fixture.open().await;
        // The leases of the rows have ended, also of those that the rounds before have taken.
        let taken = store.take_expired(Duration::ZERO, 100_000).await.unwrap();
        let stored: HashSet<i64> = taken.into_iter().map(|unfinished| unfinished.file.id).collect();
        assert!(answered.len() >= 100 * BATCH && answered.is_subset(&stored), "{} of {}", stored.len(), answered.len());
        assert_eq!(stored.len() % BATCH, 0, "half of an operation was committed");
        store.close().await;
    }
}

/// Not a test of its own: the process that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other test runs it, and kills it"]
async fn writes_until_it_is_killed() {
    let file = PathBuf::from(env::var_os(DATABASE).expect("the other test says where to write"));
    let store = Store::open(&Database::Sqlite { file, synchronous: Synchronous::Full }, &[]).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        writers.spawn(async move {
            loop {
                let rows = (0..BATCH).map(|_| PendingFile::of(&unique(), plan())).collect();
                let claims = store.insert_pending(Duration::ZERO, rows).await.unwrap();
                let ids: Vec<String> = claims.iter().map(|claim| claim.id().to_string()).collect();
                println!("answered {}.", ids.join(" "));
            }
        });
    }
    writers.join_all().await;
}

/// A file whose lasting id no other process has given.
fn unique() -> crate::MediaFile {
    crate::MediaFile { document_id: crate::document_id(), ..file("a") }
}
