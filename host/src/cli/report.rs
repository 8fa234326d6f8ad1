//! The result of each input, and the exit code of all.

use std::{cell::RefCell, fmt::Display};

use longshore_provider::{Error, ErrorKind, Result as ProviderResult};
use serde::Serialize;

use crate::{exit_code::ExitCode, failure::Failure, print::Printer};

/// Prints the result of each input as it comes, and counts.
pub(in crate::cli) struct Report<'a> {
    print: &'a Printer,
    /// The verb writes bytes to stdout: no other output may go there.
    bytes_on_stdout: bool,
    kinds: RefCell<Vec<ErrorKind>>,
    /// Whether a missing key has an exit code of its own, for verbs that look keys up.
    asks_for_keys: bool,
}

/// The name of an input.
pub(in crate::cli) enum Input<'a> {
    /// A file of this machine.
    File(&'a str),
    /// A key.
    Key(&'a str),
    /// The id of a row, as the command line contains it.
    Id(&'a str),
}

/// The line of JSON for a failure.
#[derive(Serialize)]
struct FailureRecord<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    error: ErrorRecord<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorRecord<'a> {
    kind: &'a str,
    message: String,
    service_code: Option<&'a str>,
    request_id: Option<&'a str>,
    retryable: bool,
}

impl<'a> Report<'a> {
    /// A report without results.
    pub(in crate::cli) fn new(print: &'a Printer) -> Self {
        Self { print, bytes_on_stdout: false, kinds: RefCell::default(), asks_for_keys: true }
    }

    /// The report of a verb that does not look up stored files: a missing file has no exit code of its own.
    pub(in crate::cli) fn of_writing(print: &'a Printer) -> Self {
        Self { asks_for_keys: false, ..Self::new(print) }
    }

    /// The report of a verb that writes bytes to stdout.
    pub(in crate::cli) fn beside_bytes(print: &'a Printer) -> Self {
        Self { bytes_on_stdout: true, ..Self::new(print) }
    }

    /// Reports the result of one input.
    pub(in crate::cli) fn add<R: Serialize + Display>(
        &self,
        input: &Input<'_>,
        result: ProviderResult<R>,
    ) -> Result<(), Failure> {
        match result {
            Ok(record) => self.print.record(&record),
            Err(error) => self.failed(input, &error),
        }
    }

    /// Reports the failure of one input.
    pub(in crate::cli) fn failed(&self, input: &Input<'_>, error: &Error) -> Result<(), Failure> {
        self.kinds.borrow_mut().push(error.kind());
        let (file, key, id, name) = match *input {
            Input::File(file) => (Some(file), None, None, file),
            Input::Key(key) => (None, Some(key), None, key),
            Input::Id(id) => (None, None, Some(id), id),
        };
        let message = std::iter::once(error.message()).chain(error.causes()).collect::<Vec<_>>().join(": ");
        let error_record = ErrorRecord {
            kind: error.kind().as_str(),
            message,
            service_code: error.service_code(),
            request_id: error.request_id(),
            retryable: error.is_retryable(),
        };
        let record = FailureRecord { file, key, id, error: error_record };
        self.print.object_failure(name, error, &record, self.bytes_on_stdout)
    }

    /// The exit code of the program.
    pub(in crate::cli) fn exit_code(&self) -> ExitCode {
        let kinds = self.kinds.borrow();
        if kinds.is_empty() {
            ExitCode::Done
        } else if self.asks_for_keys && kinds.iter().all(|kind| *kind == ErrorKind::NotFound) {
            ExitCode::NotFound
        } else {
            ExitCode::Failed
        }
    }
}
