//! Migrations of the tables.
//!
//! Both databases have the same versions, each with its own SQL. A released version never changes.

use crate::{Connection, DatabaseError, Operation, Result, connection::Dialect};

/// The SQL of each version, for SQLite and for PostgreSQL. Versions count from 1.
const VERSIONS: &[(&str, &str)] = &[
    (include_str!("../migrations/sqlite/1_files.sql"), include_str!("../migrations/postgres/1_files.sql")),
    (include_str!("../migrations/sqlite/2_claims.sql"), include_str!("../migrations/postgres/2_claims.sql")),
    (include_str!("../migrations/sqlite/3_object_keys.sql"), include_str!("../migrations/postgres/3_object_keys.sql")),
];

/// Runs the versions that a database does not have yet, all or none. Concurrent hosts wait for each other.
pub(super) struct Migrate;

impl Operation for Migrate {
    type Output = ();

    fn several_statements(&self) -> bool {
        true
    }

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let dialect = connection.dialect();
        if dialect == Dialect::Postgres {
            // A number that other programs are unlikely to use: "longshor" in ASCII.
            connection.execute("select pg_advisory_xact_lock(7813585269108010866)", &[]).await?;
        }
        let done = if connection.first(exists(dialect), &[], |row| row.int(0)).await? == Some(1) {
            let sql = "select coalesce(max(version), 0) from longshore_migrations";
            connection.first(sql, &[], |row| row.int(0)).await?.unwrap_or_default()
        } else {
            let sql = "create table longshore_migrations (version bigint primary key, applied_at bigint not null)";
            connection.script(sql).await?;
            0
        };
        let known = i64::try_from(VERSIONS.len()).expect("a small number");
        if done > known {
            return Err(DatabaseError::TooNew { found: done, known }.into());
        }
        for (version, (sqlite, postgres)) in (1_i64..).zip(VERSIONS).filter(|(version, _)| *version > done) {
            connection.script(if dialect == Dialect::Sqlite { sqlite } else { postgres }).await?;
            let sql = "insert into longshore_migrations (version, applied_at) values (?1, longshore_now())";
            connection.execute(sql, &[version.into()]).await?;
            tracing::info!(version, "the tables of the media library were brought up to date");
        }
        Ok(())
    }
}

/// Whether the table of versions exists. It is created only if it is missing, because creating it needs more
/// privileges.
fn exists(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "select count(*) from sqlite_master where type = 'table' and name = 'longshore_migrations'",
        Dialect::Postgres => {
            "select case when to_regclass('longshore_migrations') is null then 0::bigint else 1::bigint end"
        }
    }
}
