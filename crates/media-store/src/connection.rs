//! A connection to either database, and the three ways to run a statement on it.

use std::borrow::Cow;

use rusqlite::types::{ToSqlOutput, ValueRef};
use sqlx::{
    AssertSqlSafe, Executor as _, PgConnection, Postgres,
    postgres::{PgArguments, PgRow},
    query::Query,
};

use crate::{Arg, DatabaseError, Result, row::Row, text::storable};

/// A connection within its transaction.
///
/// Statements have SQLite's placeholders `?1`, `?2`…. [`Dialect`] has the other differences between the databases.
pub(super) enum Connection<'c> {
    Sqlite(&'c mut rusqlite::Connection),
    Postgres(&'c mut PgConnection),
}

/// The differences between the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Connection<'_> {
    /// The SQL dialect of the database.
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// All rows that a statement returns.
    pub(super) async fn rows<T: Send>(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, DatabaseError> + Send,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                bind(&mut statement, args)?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    found.push(read(&Row::Sqlite(row))?);
                }
            }
            Self::Postgres(connection) => {
                let sql = numbered(sql);
                let rows: Vec<PgRow> = connection.fetch_all(query(&sql, args)).await?;
                found.reserve(rows.len());
                for row in &rows {
                    found.push(read(&Row::Postgres(row))?);
                }
            }
        }
        Ok(found)
    }

    /// The first row that a statement returns. The statement runs to its end.
    pub(super) async fn first<T: Send>(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, DatabaseError> + Send,
    ) -> Result<Option<T>> {
        Ok(self.rows(sql, args, read).await?.into_iter().next())
    }

    /// Runs a statement and returns the number of rows that it changed.
    pub(super) async fn execute(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<u64> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                bind(&mut statement, args)?;
                Ok(statement.raw_execute()? as u64)
            }
            Self::Postgres(connection) => {
                let sql = numbered(sql);
                Ok(connection.execute(query(&sql, args)).await?.rows_affected())
            }
        }
    }

    /// Runs several statements without bound values.
    pub(super) async fn script(&mut self, sql: &'static str) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql)?,
            Self::Postgres(connection) => {
                connection.execute(sqlx::raw_sql(sql)).await?;
            }
        }
        Ok(())
    }
}

impl Dialect {
    /// A query for the numbers in the JSON array that is bound at a placeholder.
    pub(super) fn numbers(self, place: usize) -> String {
        match self {
            Self::Sqlite => format!("select value from json_each(?{place})"),
            Self::Postgres => format!("select value::bigint from json_array_elements_text(?{place}::json)"),
        }
    }

    /// A query for the texts in the JSON array that is bound at a placeholder.
    pub(super) fn texts(self, place: usize) -> String {
        match self {
            Self::Sqlite => format!("select value from json_each(?{place})"),
            Self::Postgres => format!("select value from json_array_elements_text(?{place}::json)"),
        }
    }

    /// The end of a query for rows to claim. It skips rows that another host is claiming at the same time.
    pub(super) fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " for update skip locked",
        }
    }

    /// The SQL function for the position of a text in another text.
    pub(super) fn position(self) -> &'static str {
        match self {
            Self::Sqlite => "instr",
            Self::Postgres => "strpos",
        }
    }
}

fn bind(statement: &mut rusqlite::Statement<'_>, args: &[Arg<'_>]) -> Result<()> {
    for (index, arg) in args.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, arg)?;
    }
    Ok(())
}

impl rusqlite::ToSql for Arg<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match *self {
            Self::Int(Some(value)) => value.into(),
            Self::Real(Some(value)) => value.into(),
            Self::Text(Some(value)) => match storable(value) {
                Cow::Borrowed(value) => value.into(),
                Cow::Owned(value) => value.into(),
            },
            Self::Int(None) | Self::Real(None) | Self::Text(None) => ToSqlOutput::Borrowed(ValueRef::Null),
        })
    }
}

fn query<'q>(sql: &'q str, args: &[Arg<'q>]) -> Query<'q, Postgres, PgArguments> {
    args.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, arg| match *arg {
        Arg::Int(value) => query.bind(value),
        Arg::Real(value) => query.bind(value),
        Arg::Text(value) => query.bind(value.map(storable)),
    })
}

/// The statement with PostgreSQL's placeholders `$1`, `$2`…. Question marks have no other meaning in the statements.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}
