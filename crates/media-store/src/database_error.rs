//! Errors of the databases.

use std::{error::Error as StdError, io, path::PathBuf, sync::Arc};

use thiserror::Error;

use crate::InvalidDatabase;

/// An error of the database, or a fault in its content.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// SQLite failed.
    #[error("SQLite failed")]
    Sqlite(#[source] rusqlite::Error),
    /// SQLite's file is damaged, or not a database.
    #[error("the file is damaged, or is no database")]
    Damaged(#[source] rusqlite::Error),
    /// A group of changes could not be committed.
    #[error(transparent)]
    Group(Arc<DatabaseError>),
    /// SQLite's file or its file system is read-only.
    #[error("the file can only be read")]
    ReadOnly,
    /// SQLite's file was removed while it was open. Changes to it would be lost.
    #[error("the file `{}` is gone", .0.display())]
    Gone(PathBuf),
    /// An operation of the file system on SQLite's file or its folder failed.
    #[error("the file system failed")]
    Io(#[from] io::Error),
    /// PostgreSQL failed, or cannot be reached.
    #[error("PostgreSQL: {}", explained(.0))]
    Postgres(sqlx::Error),
    /// The configured database cannot be used.
    #[error(transparent)]
    Invalid(#[from] InvalidDatabase),
    /// The database did not reply in time.
    #[error("the database did not reply within {0} seconds")]
    TimedOut(u64),
    /// An operation panicked. The log contains the place.
    #[error("an operation on the database panicked")]
    Panicked,
    /// The PostgreSQL database has another encoding than UTF-8.
    #[error("the database's encoding is {0}; it has to be UTF8")]
    Encoding(String),
    /// A newer program has changed the tables.
    #[error("the tables have version {found}, and this program knows {known}; use the newer program")]
    TooNew {
        /// The version of the tables.
        found: i64,
        /// The newest version that this program supports.
        known: i64,
    },
    /// A column contains a value that this program never writes.
    #[error("column {column} of a row has a wrong content")]
    Content {
        /// The index of the column, from 0.
        column: usize,
        /// The fault.
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl DatabaseError {
    /// Whether the database cannot be reached, or did not reply in time. The same operation may succeed later.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::TimedOut(_) => true,
            Self::Postgres(error) => is_unreachable(error),
            Self::Group(error) => error.is_unavailable(),
            _ => false,
        }
    }

    /// Advice for the operator.
    pub fn hint(&self) -> Option<&'static str> {
        let Self::Postgres(error) = self else {
            return if let Self::Invalid(error) = self { error.hint() } else { None };
        };
        match error {
            sqlx::Error::Io(_) => Some("start PostgreSQL there, or correct `database.url`"),
            sqlx::Error::Database(error) => match error.code().as_deref() {
                // invalid_catalog_name
                Some("3D000") => Some("create the database with `createdb`, or correct the name in `database.url`"),
                // invalid_authorization_specification, invalid_password
                Some("28000" | "28P01") => Some("correct the user and the password in `database.url`"),
                // insufficient_privilege
                Some("42501") => Some("let the user of `database.url` create tables in the database"),
                _ => None,
            },
            _ => None,
        }
    }

    /// The error of a column with invalid content.
    pub(crate) fn content(column: usize, error: impl StdError + Send + Sync + 'static) -> Self {
        Self::Content { column, source: Box::new(error) }
    }

    /// The error of a column with an unknown text.
    pub(crate) fn unknown(column: usize, text: &str) -> Self {
        Self::Content { column, source: format!("`{text}` is not known").into() }
    }
}

fn is_unreachable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        // Classes of SQLSTATE: connection exception, insufficient resources, operator intervention (a shutdown).
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| ["08", "53", "57P"].iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}

/// The message in one line, without the line of the server's source that sqlx appends.
fn explained(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            "nothing listens at this host and port".to_owned()
        }
        sqlx::Error::Io(error) => format!("cannot connect: {error}"),
        sqlx::Error::Tls(error) => format!("TLS failed: {error}"),
        sqlx::Error::PoolTimedOut => "no connection became free or could be opened in time".to_owned(),
        error => error.to_string(),
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, ReadOnly};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error),
            Some(ReadOnly) => Self::ReadOnly,
            _ => Self::Sqlite(error),
        }
    }
}
