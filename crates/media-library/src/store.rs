//! The table of the files, in SQLite or in PostgreSQL, with its tokens and the events that wait to be sent.
//!
//! Each operation is written once, as an [`Operation`] that runs statements on a [`Connection`]; `sqlite` and
//! `postgres` say where and when it runs. Nothing here knows of providers.
//!
//! *Cancellation.* Whoever drops the future of an operation does not know whether it happens: SQLite's writer leaves out
//! what it has not begun, but what it has begun it commits, and PostgreSQL may have got the commit already. What is
//! changed halfway never shows.

mod arg;
mod change;
mod check;
mod claim;
mod columns;
mod connection;
mod event;
mod failure;
mod filter;
mod find;
mod lease;
mod links;
mod lookup;
mod migrate;
mod outbox;
mod pending;
mod plan;
mod postgres;
mod row;
mod sqlite;
mod stored_json;
mod stream;
mod text;
mod token;

#[cfg(test)]
#[path = "../tests/store/mod.rs"]
mod tests;

use std::{fmt, future::Future, sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use self::{
    arg::Arg, claim::ActiveClaims, connection::Connection, event::Subscriptions, postgres::Postgres, sqlite::Sqlite,
};
use crate::{Database, Error, Result, Webhook};

pub(crate) use self::{
    change::Update,
    claim::{Announce, Attempt, Claim, State},
    lease::Unfinished,
    pending::PendingFile,
    plan::{Before, ObjectRef, Phase, Plan, Replaced},
};
pub use self::{
    check::InvalidDatabase,
    failure::DatabaseError,
    links::StoredLink,
    outbox::Delivery,
    token::{NewToken, Token},
};

/// The table, open. A clone is the same table.
#[derive(Clone)]
pub struct Store {
    /// Where operations run.
    backend: Backend,
    /// Who gets which event.
    subscriptions: Arc<Subscriptions>,
    /// The claims of this process.
    claims: Arc<ActiveClaims>,
    /// Told when events may have been put into the outbox.
    outbox: Arc<Notify>,
    /// Whether it has been closed.
    closed: CancellationToken,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens a database and brings its tables up to date. Several hosts may do so at once.
    pub async fn open(database: &Database, webhooks: &[Webhook]) -> Result<Self> {
        let backend = match database {
            Database::Sqlite { file, synchronous } => Backend::Sqlite(Sqlite::open(file, *synchronous).await?),
            Database::Postgres { url, connections } => Backend::Postgres(Postgres::open(url, *connections).await?),
        };
        let subscriptions = Arc::new(Subscriptions::new(webhooks));
        let claims = Arc::new(ActiveClaims::new());
        Ok(Self { backend, subscriptions, claims, outbox: Arc::default(), closed: CancellationToken::new() })
    }

    /// Ends what has begun and closes the connections; every later operation fails as shutting down.
    pub async fn close(&self) {
        self.closed.cancel();
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close().await,
        }
    }

    /// Waits until it is closed.
    pub async fn closed(&self) {
        self.closed.cancelled().await;
    }

    /// Whether the database replies within `limit`.
    pub async fn ping(&self, limit: Duration) -> Result<()> {
        let timed_out = |_| Error::Database(DatabaseError::TimedOut(limit.as_secs()));
        tokio::time::timeout(limit, self.read(Ping)).await.map_err(timed_out)?
    }

    /// Runs what changes rows, all of it or nothing.
    async fn write<O: Operation>(&self, operation: O) -> Result<O::Output> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.write(operation).await,
            Backend::Postgres(postgres) => postgres.write(operation).await,
        }
    }

    /// Runs what only reads.
    async fn read<O: Operation>(&self, operation: O) -> Result<O::Output> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.read(operation).await,
            Backend::Postgres(postgres) => postgres.read(operation).await,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.backend {
            Backend::Sqlite(_) => "SQLite",
            Backend::Postgres(_) => "PostgreSQL",
        };
        f.debug_tuple("Store").field(&kind).finish()
    }
}

/// An operation on the database. Both databases run the same operations.
///
/// On SQLite `run` never waits: a connection is a file there, and its thread polls the future once.
trait Operation: Send + Sync + 'static {
    /// Its result.
    type Output: Send + 'static;

    /// Whether it may take several statements, which then need a transaction (or a savepoint in one) of their own.
    fn several_statements(&self) -> bool {
        false
    }

    /// Runs its statements. It may be run again after it failed: PostgreSQL answers deadlocks so.
    fn run(&self, connection: &mut Connection<'_>) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// Asks for the time.
struct Ping;

impl Operation for Ping {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        connection.first("select longshore_now()", &[], |row| row.int(0)).await?;
        Ok(())
    }
}
