//! Why a library's module could not be opened.

use std::{error::Error, fmt};

/// Why a module could not be opened: a sentence, and abi_stable's report of several hundred lines.
#[derive(Debug)]
pub struct OpenError {
    summary: &'static str,
    report: String,
}

impl OpenError {
    pub(crate) fn new(summary: &'static str, report: String) -> Self {
        Self { summary, report }
    }

    /// All that abi_stable has to say, for `--verbose`.
    pub fn report(&self) -> &str {
        &self.report
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.summary)
    }
}

impl Error for OpenError {}
