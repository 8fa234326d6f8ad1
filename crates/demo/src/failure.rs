//! A check that did not hold.

use std::fmt::Display;

/// An expectation and the result that was found instead. Display has both, and the output of the program that was run.
#[derive(Debug, thiserror::Error)]
#[error("expected: {expected}\nfound:    {found}{}", .stderr.as_deref().map(quoted).unwrap_or_default())]
pub(crate) struct Failure {
    expected: String,
    found: String,
    /// The standard error of the program that was run, if any.
    stderr: Option<String>,
}

impl Failure {
    /// A check that wanted one thing and got another.
    pub(crate) fn new(expected: impl Display, found: impl Display) -> Self {
        Self { expected: expected.to_string(), found: found.to_string(), stderr: None }
    }

    /// With what the program text that was run.
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
    let text = stderr.trim_end();
    if text.is_empty() {
        return "\nstderr:   nothing".to_owned();
    }
    format!("\nstderr:\n    {}", text.replace('\n', "\n    "))
}
