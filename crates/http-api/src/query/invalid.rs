//! Errors in queries, with Strapi's names and messages.

use serde::Serialize;

/// An error in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The name of the error in Strapi.
    pub kind: InvalidKind,
    /// The message for the client.
    pub message: String,
    /// The key that caused the error.
    pub details: Option<Details>,
}

/// The names of Strapi's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidKind {
    /// `ValidationError`.
    Validation,
    /// `PaginationError`.
    Pagination,
}

/// The location of an invalid key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Details {
    /// The key.
    pub key: String,
    /// The attribute that the key names or is nested below.
    pub path: Option<String>,
    /// Always `query`.
    pub source: &'static str,
    /// The parameter: `filters`, `sort`, `fields` or `populate`.
    pub param: &'static str,
}

/// The longest part of a request that an error repeats, in bytes.
const LONGEST_ECHO: usize = 200;

impl Invalid {
    /// An error without details.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self { kind: InvalidKind::Validation, message: message.into(), details: None }
    }

    /// An invalid pagination.
    pub(super) fn pagination(message: impl Into<String>) -> Self {
        Self { kind: InvalidKind::Pagination, message: message.into(), details: None }
    }

    /// A key that is not an attribute or operator in this place, or that is private.
    pub(super) fn key(param: &'static str, key: &str, path: Option<&str>) -> Self {
        let key = echo(key);
        let message = match path {
            Some(path) if path != key => format!("Invalid key {key} at {path}"),
            _ => format!("Invalid key {key}"),
        };
        Self::at(param, key, path, message)
    }

    /// An invalid value for the attribute `name`.
    pub(super) fn value(name: &str, message: impl Into<String>) -> Self {
        Self::at("filters", name, Some(name), message.into())
    }

    fn at(param: &'static str, key: &str, path: Option<&str>, message: String) -> Self {
        let details = Details { key: key.to_owned(), path: path.map(str::to_owned), source: "query", param };
        Self { kind: InvalidKind::Validation, message, details: Some(details) }
    }
}

/// Truncates a text of the request to the length that an error may repeat.
pub fn echo(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_ECHO)]
}
