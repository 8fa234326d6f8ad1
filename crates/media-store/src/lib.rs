//! The table of the files, in SQLite or in PostgreSQL, with its tokens and the events that wait to be sent.
//!
//! Each operation is written once, as an `Operation` that runs statements on a `Connection`. `sqlite` and
//! `postgres` decide where and when the operation runs. The store does not know providers.
//!
//! *Cancellation.* A caller that drops the future of an operation does not know whether the operation takes place.
//! SQLite's writer skips an operation that it has not begun, and commits one that it has begun. PostgreSQL may have
//! received the commit already. An operation is never visible in part.

#![forbid(unsafe_code)]

mod arg;
mod change;
mod check;
mod claim;
mod columns;
mod connection;
mod database_error;
mod document_id;
mod duplicates;
mod error;
mod event;
mod file;
mod filter;
mod find;
mod in_progress;
mod info;
mod iso;
mod lease;
mod links;
mod lookup;
mod migrate;
mod outbox;
mod pending;
mod plan;
mod postgres;
mod query;
mod row;
mod settings;
mod sqlite;
mod stored_json;
mod stream;
mod text;
mod token;
mod view;

#[cfg(test)]
mod tests;

use std::{fmt, future::Future, sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use self::{
    arg::Arg, claim::ActiveClaims, connection::Connection, event::Subscriptions, postgres::Postgres, sqlite::Sqlite,
};

pub use self::{
    change::InfoUpdate,
    check::InvalidDatabase,
    claim::{Announce, Claim, ClaimAttempt, RowState},
    database_error::DatabaseError,
    document_id::document_id,
    duplicates::Duplicate,
    error::{Error, Result},
    file::{FocalPoint, Format, MediaFile, Timestamp, kilobytes},
    info::{Cleared, FileInfo, Link},
    lease::Unfinished,
    links::StoredLink,
    outbox::Delivery,
    pending::PendingFile,
    plan::{ObjectRef, Phase, Plan, PreviousObject, Replaced},
    query::{Attribute, Comparison, FileId, Filter, FindQuery, Kind, Order, Scalar, Sort},
    settings::{Database, Synchronous, Webhook},
    token::{NewToken, Token},
    view::FileView,
};

/// The table, open. A clone is the same table.
#[derive(Clone)]
pub struct Store {
    /// Where operations run.
    backend: Backend,
    /// The webhooks, and the events that each receives.
    subscriptions: Arc<Subscriptions>,
    /// The claims of this process.
    claims: Arc<ActiveClaims>,
    /// Notified when events may have been put into the outbox.
    outbox: Arc<Notify>,
    /// Cancelled when the store has been closed.
    closed: CancellationToken,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens a database and migrates its tables. Several hosts may do this at the same time.
    pub async fn open(database: &Database, webhooks: &[Webhook]) -> Result<Self> {
        let backend = match database {
            Database::Sqlite { file, synchronous } => Backend::Sqlite(Sqlite::open(file, *synchronous).await?),
            Database::Postgres { url, connections } => Backend::Postgres(Postgres::open(url, *connections).await?),
        };
        let subscriptions = Arc::new(Subscriptions::new(webhooks));
        let claims = Arc::new(ActiveClaims::new());
        Ok(Self { backend, subscriptions, claims, outbox: Arc::default(), closed: CancellationToken::new() })
    }

    /// Finishes the running operations and closes the connections. Later operations fail with [`Error::Closed`].
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

    /// Runs an operation that changes rows, completely or not at all.
    async fn write<O: Operation>(&self, operation: O) -> Result<O::Output> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.write(operation).await,
            Backend::Postgres(postgres) => postgres.write(operation).await,
        }
    }

    /// Runs an operation that only reads.
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
    /// The result of the operation.
    type Output: Send + 'static;

    /// Whether the operation may run several statements, which then need a transaction or a savepoint of their own.
    fn several_statements(&self) -> bool {
        false
    }

    /// Runs the statements. An operation that failed may run again, for example after a deadlock of PostgreSQL.
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
