//! What is wrong with a query, as Strapi says it.

use serde::Serialize;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Which of Strapi's errors it is.
    pub kind: InvalidKind,
    /// What to say.
    pub message: String,
    /// Which key it is about.
    pub details: Option<Details>,
}

/// Which of Strapi's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidKind {
    /// `ValidationError`.
    Validation,
    /// `PaginationError`.
    Pagination,
}

/// Where a wrong key stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Details {
    /// The key.
    pub key: String,
    /// The attribute that it is, or is below of.
    pub path: Option<String>,
    /// `query`.
    pub source: &'static str,
    /// The parameter: `filters`, `sort`, `fields` or `populate`.
    pub param: &'static str,
}

/// The longest piece of a request that is said back.
const LONGEST_ECHO: usize = 200;

impl Invalid {
    /// Anything that is said in words alone.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self { kind: InvalidKind::Validation, message: message.into(), details: None }
    }

    /// A pagination that cannot be.
    pub(super) fn pagination(message: impl Into<String>) -> Self {
        Self { kind: InvalidKind::Pagination, message: message.into(), details: None }
    }

    /// A key that is no attribute or operator there, or not for everybody.
    pub(super) fn key(param: &'static str, key: &str, path: Option<&str>) -> Self {
        let key = echo(key);
        let message = match path {
            Some(path) if path != key => format!("Invalid key {key} at {path}"),
            _ => format!("Invalid key {key}"),
        };
        Self::at(param, key, path, message)
    }

    /// A value that cannot be, of the attribute `name`.
    pub(super) fn value(name: &str, message: impl Into<String>) -> Self {
        Self::at("filters", name, Some(name), message.into())
    }

    fn at(param: &'static str, key: &str, path: Option<&str>, message: String) -> Self {
        let details = Details { key: key.to_owned(), path: path.map(str::to_owned), source: "query", param };
        Self { kind: InvalidKind::Validation, message, details: Some(details) }
    }
}

/// As much of a text as an answer repeats.
pub fn echo(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_ECHO)]
}
