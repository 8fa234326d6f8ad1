//! Errors that end a command. An error about one of several files is not one of them, but a result: see
//! `cli/object/report.rs`.

use std::{io, path::PathBuf};

use longshore_http_api::{ListenError, MountTaken};
use longshore_media_library::{Error as LibraryError, StoreError};
use longshore_plugin_host::{
    config::{Problem, Problems},
    hint::Hint,
    library::{RefusedError, SnapshotError},
    load::LoadError,
    locate::LocateError,
    registry::OpenError,
};
use thiserror::Error;

/// An error that ends a command.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The command line asks for something impossible.
    #[error("{0}")]
    Usage(String),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] Problems),
    /// A library could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A library was not found.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// A library is not trusted, because other users may have written it.
    #[error(transparent)]
    Refused(#[from] RefusedError),
    /// A library could not be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The provider could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// An operation of the media library failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The server cannot listen at its address.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The URLs of files conflict with the paths of the API.
    #[error(transparent)]
    Mount(#[from] MountTaken),
    /// A file of the project could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The program that runs a case is not beside this program.
    #[error("the program that runs a case does not exist: `{}`", path.display())]
    NoCaseProgram {
        /// Its expected path.
        path: PathBuf,
    },
    /// Standard output cannot be written to.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
    /// The system cannot start a thread or the runtime.
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
    /// A signal interrupted the command.
    #[error("interrupted")]
    Interrupted,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Config(problem.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Library(error.into())
    }
}

impl Failure {
    /// Advice for the user.
    pub(crate) fn hint(&self) -> Option<Hint> {
        match self {
            Self::Load(error) => error.hint(),
            Self::Locate(error) => error.hint(),
            Self::Refused(error) => error.hint(),
            Self::Snapshot(error) => error.hint(),
            Self::Open(error) => error.hint(),
            Self::Mount(error) => Some(error.hint().into()),
            Self::Library(LibraryError::Store(StoreError::Unusable { source, .. })) => source.hint().map(Hint::new),
            Self::NoCaseProgram { .. } => {
                Some("install Longshore again, with both of its programs in one folder, or use `--in-process`".into())
            }
            _ => None,
        }
    }

    /// abi_stable's comparison of several hundred lines, if that is what failed.
    pub(crate) fn report(&self) -> Option<&str> {
        match self {
            Self::Load(error) | Self::Open(OpenError::Load(error)) => error.report(),
            _ => None,
        }
    }

    /// The problems of the configuration, if the error is about them.
    pub(crate) fn problems(&self) -> Option<&Problems> {
        match self {
            Self::Config(problems) | Self::Open(OpenError::Options(problems)) => Some(problems),
            _ => None,
        }
    }

    /// The provider's own error, if the error contains one.
    pub(crate) fn provider_error(&self) -> Option<&longshore_provider::Error> {
        match self {
            Self::Open(OpenError::Init { source, .. })
            | Self::Load(LoadError::Author { source, .. })
            | Self::Library(LibraryError::Provider { source, .. }) => Some(source),
            _ => None,
        }
    }
}
