//! A check that did not hold.

use std::fmt::Display;

/// What was expected and what was found instead; Display is both, and what the programs involved had to say.
#[derive(Debug, thiserror::Error)]
#[error("expected: {expected}\nfound:    {found}{}", .stderr.as_deref().map(quoted).unwrap_or_default())]
pub(crate) struct Failure {
    expected: String,
    found: String,
    /// Of the program that was run, if one was.
    stderr: Option<String>,
}

impl Failure {
    /// A check that wanted one thing and got another.
    pub(crate) fn new(expected: impl Display, found: impl Display) -> Self {
        Self { expected: expected.to_string(), found: found.to_string(), stderr: None }
    }

    /// With what the program said that was run.
    pub(crate) fn with_stderr(self, stderr: impl Into<String>) -> Self {
        Self { stderr: Some(stderr.into()), ..self }
    }
}

/// Holds when `expected` and `found` are equal.
pub(crate) fn same(what: &str, expected: &str, found: &str) -> Result<(), Failure> {
    if expected == found {
        return Ok(());
    }
    Err(Failure::new(format_args!("{what} {expected}"), found))
}

fn quoted(stderr: &str) -> String {
    let said = stderr.trim_end();
    if said.is_empty() {
        return "\nstderr:   nothing".to_owned();
    }
    format!("\nstderr:\n    {}", said.replace('\n', "\n    "))
}
