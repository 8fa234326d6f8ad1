//! PostgreSQL, which several hosts may share: a pool of connections, a transaction for each operation.

use std::time::Duration;

use longshore_provider::Secret;
use sqlx::{
    ConnectOptions, Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::{sleep, timeout};

use crate::{Connection, DatabaseError, Error, Operation, Result, check::parse_url, migrate::Migrate};

/// How long an operation may take, in seconds, for example if the server has gone.
const PATIENCE: u64 = 30;
/// How long to wait for a connection. The wait is short: requests fail soon if the server is down.
const CONNECTING: Duration = Duration::from_secs(3);
/// How often an operation is tried that conflicts with other transactions.
const ATTEMPTS: u32 = 6;
/// The pause after the first conflict. The pause doubles each time.
const PAUSE: Duration = Duration::from_millis(5);

/// A pool of connections. A clone is the same pool.
#[derive(Clone)]
pub(super) struct Postgres(PgPool);

impl Postgres {
    /// Connects.
    pub(super) async fn open(url: &Secret, connections: u32) -> Result<Self> {
        let options = parse_url(url).map_err(DatabaseError::from)?.application_name("longshore");
        let database = format!(
            "postgres://{}:{}/{}",
            options.get_host(),
            options.get_port(),
            options.get_database().unwrap_or_else(|| options.get_username())
        );
        let unusable = |source| Error::Unusable { database, source: Box::new(source) };
        let pool = PgPoolOptions::new().max_connections(connections.max(1)).acquire_timeout(CONNECTING);
        let opened = async {
            try_to_connect(&options).await?;
            let postgres = Self(pool.connect_lazy_with(options));
            postgres.check_encoding().await?;
            postgres.write(Migrate).await?;
            Ok(postgres)
        };
        opened.await.map_err(|error| match error {
            Error::Database(source) => unusable(source),
            error => error,
        })
    }

    /// Runs an operation in a transaction of its own, and retries it after conflicts.
    pub(super) async fn write<O: Operation>(&self, operation: O) -> Result<O::Output> {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            match self.attempt(&operation).await {
                Err(error) if is_conflict(&error) => {
                    sleep(pause).await;
                    pause *= 2;
                }
                outcome => return outcome,
            }
        }
        self.attempt(&operation).await
    }

    /// Runs an operation that only reads.
    pub(super) async fn read<O: Operation>(&self, operation: O) -> Result<O::Output> {
        self.attempt(&operation).await
    }

    /// Waits for the connections in use, and closes all connections.
    pub(super) async fn close(&self) {
        self.0.close().await;
    }

    async fn attempt<O: Operation>(&self, operation: &O) -> Result<O::Output> {
        let run = async {
            if operation.several_statements() {
                let mut transaction = self.0.begin().await?;
                let output = operation.run(&mut Connection::Postgres(&mut transaction)).await?;
                transaction.commit().await?;
                Ok(output)
            } else {
                let mut connection = self.0.acquire().await?;
                operation.run(&mut Connection::Postgres(&mut connection)).await
            }
        };
        match timeout(Duration::from_secs(PATIENCE), run).await {
            Ok(Err(Error::Database(DatabaseError::Postgres(sqlx::Error::PoolClosed)))) => Err(Error::Closed),
            Ok(outcome) => outcome,
            Err(_) => Err(DatabaseError::TimedOut(PATIENCE).into()),
        }
    }

    async fn check_encoding(&self) -> Result<()> {
        let (encoding,): (String,) = sqlx::query_as("show server_encoding").fetch_one(&self.0).await?;
        if encoding == "UTF8" { Ok(()) } else { Err(DatabaseError::Encoding(encoding).into()) }
    }
}

/// Opens one connection and closes it. Its error names the cause, whereas a pool retries until its timeout and reports
/// only the timeout.
async fn try_to_connect(options: &PgConnectOptions) -> Result<(), DatabaseError> {
    let connected = timeout(CONNECTING, options.connect()).await;
    let connection = connected.map_err(|_| DatabaseError::TimedOut(CONNECTING.as_secs()))??;
    Ok(connection.close().await?)
}

/// Whether the transaction was rolled back because of a conflict with another transaction.
fn is_conflict(error: &Error) -> bool {
    let Error::Database(DatabaseError::Postgres(sqlx::Error::Database(error))) = error else { return false };
    // serialization_failure and deadlock_detected.
    matches!(error.code().as_deref(), Some("40001" | "40P01"))
}
