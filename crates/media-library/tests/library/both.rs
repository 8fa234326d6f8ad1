//! Each test over SQLite and over PostgreSQL: one server for all of them, a database for each test.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use longshore_dev_postgres::Server;
use longshore_media_library::{Database, Synchronous};
use longshore_provider::Secret;
use sqlx::{Connection, Executor, PgConnection};

/// Where the tables of a test are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Base {
    Sqlite,
    Postgres,
}

tokio::task_local! {
    static BASE: Base;
}

/// Makes two tests of each function: its scenes are over SQLite in one, over PostgreSQL in the other.
macro_rules! over_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                $crate::both::Base::Sqlite.within(super::$test()).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                if $crate::both::has_postgres() {
                    $crate::both::Base::Postgres.within(super::$test()).await;
                }
            })*
        }
    };
}
pub(crate) use over_both;

impl Base {
    /// The database of the running test.
    pub(crate) fn current() -> Self {
        BASE.get()
    }

    /// Runs `work` with its scenes over this.
    pub(crate) async fn within<T>(self, work: impl Future<Output = T>) -> T {
        BASE.scope(self, work).await
    }

    /// A fresh database; a file is in `folder`.
    pub(crate) async fn database(self, folder: &Path) -> Database {
        match self {
            Self::Sqlite => Database::Sqlite { file: folder.join("data/library.db"), synchronous: Synchronous::Normal },
            Self::Postgres => of_server(Server::shared().unwrap()).await,
        }
    }
}

/// Whether there is a server; without one the tests over it are not run.
pub(crate) fn has_postgres() -> bool {
    Server::shared().is_some()
}

async fn of_server(server: &Server) -> Database {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("library_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&server.url("postgres")).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    connection.close().await.unwrap();
    Database::Postgres { url: Secret::new(server.url(&name)), connections: 4 }
}
