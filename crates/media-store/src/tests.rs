//! Tests of the table: each of them over SQLite and over PostgreSQL.

mod fixture;

mod change;
mod claim;
mod filter;
mod find;
mod hosts;
mod kill;
mod lease;
mod meaning;
mod outbox;
mod pending;
mod postgres_faults;
mod sqlite_faults;
mod token;

/// Makes two tests of each function: one gets a fixture over SQLite, the other one over PostgreSQL.
macro_rules! over_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(&super::Fixture::sqlite()).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(fixture) = super::Fixture::postgres().await {
                    super::$test(&fixture).await;
                }
            })*
        }
    };
}
use over_both;
