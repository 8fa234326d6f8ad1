//! Errors of the store.

use std::path::PathBuf;

use thiserror::Error;

use crate::DatabaseError;

/// The result of an operation of the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the store.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] DatabaseError),
    /// The database cannot be opened.
    #[error("cannot use the database `{database}`")]
    Unusable {
        /// Its file, or its server and name.
        database: String,
        /// Why.
        source: Box<DatabaseError>,
    },
    /// The folder of the database could not be made, or its file not read.
    #[error("cannot use `{}`", path.display())]
    DataFolder {
        /// The folder or file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A filter is nested too deeply, or compares with too many values, for a database to evaluate.
    #[error("the filter is too complex")]
    TooComplex,
    /// The lease of the claim has ended, and another host has finished or undone the change.
    #[error("another host ended the change after its lease had ended")]
    LostLease,
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}
