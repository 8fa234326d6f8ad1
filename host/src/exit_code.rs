//! The exit codes of the program. No other file contains the numbers.

use longshore_plugin_host::{
    library::last_words::{self, ExitWatch},
    registry::OpenError,
};
use longshore_provider::ErrorKind;

use crate::failure::Failure;

/// The codes, for `--help`.
pub(crate) const TABLE: &str = "\
Exit codes:
  0    success
  1    failure of a service, of the database, or of reading or writing a file
  2    invalid command line
  3    invalid configuration
  4    provider not found, or not loadable
  5    no file has the key or id
  70   a provider ended the process
  130  interrupted by a signal";

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// Success.
    Done = 0,
    /// Some or all inputs failed.
    Failed = 1,
    /// The command line is wrong; nothing was begun. (clap ends with the same number.)
    Usage = 2,
    /// The configuration is wrong.
    Configuration = 3,
    /// The provider was not found, or its library or its start failed.
    Provider = 4,
    /// All failures are missing files.
    NotFound = 5,
    /// A provider ended the process. Standard error names the provider and the method.
    Ended = 70,
    /// A signal ended the program.
    Interrupted = 130,
}

impl ExitCode {
    /// The exit code of an error that ended a command.
    pub(crate) fn of(failure: &Failure) -> Self {
        match failure {
            Failure::Usage(_) => Self::Usage,
            Failure::Config(_) | Failure::Mount(_) | Failure::Write { .. } | Failure::Open(OpenError::Options(_)) => {
                Self::Configuration
            }
            Failure::Load(_)
            | Failure::Locate(_)
            | Failure::Refused(_)
            | Failure::Snapshot(_)
            | Failure::Open(OpenError::Load(_)) => Self::Provider,
            Failure::Open(OpenError::Init { source, .. }) => match source.kind() {
                ErrorKind::InvalidOptions => Self::Configuration,
                ErrorKind::Panic | ErrorKind::Internal | ErrorKind::Unsupported => Self::Provider,
                _ => Self::Failed,
            },
            Failure::Library(_)
            | Failure::Listen(_)
            | Failure::NoCaseProgram { .. }
            | Failure::Output(_)
            | Failure::Runtime(_) => Self::Failed,
            Failure::Interrupted => Self::Interrupted,
        }
    }
}

/// Detects an unexpected end of the process until the result is dropped: see [`last_words`].
pub(crate) fn watch() -> ExitWatch {
    last_words::watch_exit(ExitCode::Ended as i32)
}

/// Ends an interrupted process immediately.
pub(crate) fn end_at_once() -> ! {
    last_words::exit_at_once(ExitCode::Interrupted as i32)
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
