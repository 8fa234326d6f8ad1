//! A database for a test, and files to put into it.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use longshore_dev_postgres::Server;
use longshore_provider::Secret;
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::{
    Claim, ClaimAttempt, Database, FileId, Link, MediaFile, ObjectRef, PendingFile, Plan, Result, RowState, Store,
    Synchronous, Webhook,
};

/// Long enough for any test.
pub(super) const LEASE: Duration = Duration::from_mins(10);

/// A fresh database.
pub(super) struct Fixture {
    pub(super) database: Database,
    _folder: Option<TempDir>,
}

impl Fixture {
    /// A file.
    pub(super) fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("deep").join("media.db");
        Self { database: Database::Sqlite { file, synchronous: Synchronous::Full }, _folder: Some(folder) }
    }

    /// A database of the shared server; `None` when there is to be none.
    pub(super) async fn postgres() -> Option<Self> {
        Some(Self::of_server(Server::shared()?).await)
    }

    /// A database of a server.
    pub(super) async fn of_server(server: &Server) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&server.url("postgres")).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        connection.close().await.unwrap();
        Self { database: Database::Postgres { url: Secret::new(server.url(&name)), connections: 8 }, _folder: None }
    }

    /// Opens it, as one host.
    pub(super) async fn open(&self) -> Store {
        self.open_with(&[]).await
    }

    /// Opens it with webhooks for everything.
    pub(super) async fn open_with(&self, webhooks: &[Webhook]) -> Store {
        Store::open(&self.database, webhooks).await.unwrap()
    }
}

/// A webhook.
pub(super) fn webhook(url: &str, events: &[&str]) -> Webhook {
    Webhook {
        url: url.to_owned(),
        events: events.iter().map(|&event| event.to_owned()).collect(),
        secret: None,
        headers: Vec::new(),
    }
}

/// A file of a name, not yet in a table.
pub(super) fn file(name: &str) -> MediaFile {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    MediaFile {
        id: 0,
        document_id: format!("document{number:016}"),
        name: name.to_owned(),
        alternative_text: None,
        caption: None,
        focal_point: None,
        width: None,
        height: None,
        formats: None,
        hash: format!("hash_{number:010}"),
        ext: ".txt".to_owned(),
        mime: "text/plain".to_owned(),
        size_bytes: 1234,
        url: format!("/uploads/hash_{number:010}.txt"),
        preview_url: None,
        provider: "local".to_owned(),
        provider_metadata: None,
        created_at: 0,
        updated_at: 0,
        published_at: 0,
        is_url_signed: false,
        key: Some(format!("hash_{number:010}.txt")),
        path: None,
        etag: None,
        checksum: None,
        provider_chain: vec!["local".to_owned()],
    }
}

/// A plan without objects.
pub(super) fn plan() -> Plan {
    Plan::preparing(Vec::new())
}

/// The object of a stem.
pub(super) fn object(hash: &str) -> ObjectRef {
    ObjectRef { hash: hash.to_owned(), ext: ".png".to_owned(), path: Some("a/b".to_owned()), key: None }
}

/// Makes pending rows of files. Each file has the id of its row.
pub(super) async fn pend(store: &Store, files: Vec<MediaFile>) -> Vec<(Claim, MediaFile)> {
    pend_for(store, LEASE, files).await
}

/// Makes pending rows with a lease.
pub(super) async fn pend_for(store: &Store, lease: Duration, files: Vec<MediaFile>) -> Vec<(Claim, MediaFile)> {
    let pending = files.iter().map(|file| PendingFile::of(file, plan())).collect();
    let claims = store.insert_pending(lease, pending).await.unwrap();
    assert_eq!(claims.len(), files.len());
    let with_id = |(claim, file): (Claim, MediaFile)| (MediaFile { id: claim.id(), ..file }, claim);
    claims.into_iter().zip(files).map(with_id).map(|(file, claim)| (claim, file)).collect()
}

/// Makes pending rows visible.
pub(super) async fn publish(
    store: &Store,
    files: &[(Claim, MediaFile)],
    link: Option<&Link>,
) -> Result<Vec<MediaFile>> {
    store.publish(files.iter().map(|(claim, file)| (claim, file.clone())), link).await
}

/// Puts files into the table.
pub(super) async fn add(store: &Store, files: Vec<MediaFile>) -> Vec<MediaFile> {
    let files = pend(store, files).await;
    publish(store, &files, None).await.unwrap()
}

/// Puts one file into the table.
pub(super) async fn add_one(store: &Store, file: MediaFile) -> MediaFile {
    add(store, vec![file]).await.remove(0)
}

/// Claims a file that has no claim.
pub(super) async fn claim(store: &Store, id: i64, to: RowState) -> Claim {
    claim_for(store, LEASE, id, to).await
}

/// Claims a file with a lease.
pub(super) async fn claim_for(store: &Store, lease: Duration, id: i64, to: RowState) -> Claim {
    match store.claim(&FileId::Number(id), lease, to).await.unwrap() {
        ClaimAttempt::Claimed(claim, _) => claim,
        other => panic!("{other:?}"),
    }
}
