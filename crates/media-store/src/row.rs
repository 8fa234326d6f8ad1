//! A row that a statement returns, of either database.

use serde::de::DeserializeOwned;
use sqlx::{Decode, Postgres, Row as _, Type, postgres::PgRow};

use crate::DatabaseError;

/// The result of reading a column.
type Result<T> = std::result::Result<T, DatabaseError>;

/// A row; its columns are counted from 0.
pub(super) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a PgRow),
}

impl Row<'_> {
    /// A whole number.
    pub(super) fn int(&self, column: usize) -> Result<i64> {
        self.value(column)
    }

    /// A whole number or null.
    pub(super) fn optional_int(&self, column: usize) -> Result<Option<i64>> {
        self.value(column)
    }

    /// A text.
    pub(super) fn text(&self, column: usize) -> Result<String> {
        self.value(column)
    }

    /// A text or null.
    pub(super) fn optional_text(&self, column: usize) -> Result<Option<String>> {
        self.value(column)
    }

    /// A whole number that fits the wanted type, or null.
    pub(super) fn fitting<T: TryFrom<i64>>(&self, column: usize) -> Result<Option<T>>
    where
        T::Error: std::error::Error + Send + Sync + 'static,
    {
        let number = self.optional_int(column)?;
        number.map(|number| T::try_from(number).map_err(|error| DatabaseError::content(column, error))).transpose()
    }

    /// The value of a column with JSON, or `None` for null.
    pub(super) fn json<T: DeserializeOwned>(&self, column: usize) -> Result<Option<T>> {
        let parse = |text: &str| serde_json::from_str(text).map_err(|error| DatabaseError::content(column, error));
        match self {
            // SQLite lends the text.
            Self::Sqlite(row) => match row.get_ref(column)?.as_str_or_null() {
                Ok(text) => text.map(parse).transpose(),
                Err(error) => Err(DatabaseError::content(column, error)),
            },
            Self::Postgres(row) => row.try_get::<Option<&str>, _>(column)?.map(parse).transpose(),
        }
    }

    fn value<T>(&self, column: usize) -> Result<T>
    where
        T: rusqlite::types::FromSql + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
}
