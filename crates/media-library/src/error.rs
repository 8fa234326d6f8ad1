//! Errors of the media library.

use longshore_media_store::{Error as StoreError, FileId};
use thiserror::Error;

/// The result of an operation of the media library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the media library. Only the HTTP edge knows its status.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A request without a file, or with empty files only.
    #[error("there is no file, or it is empty")]
    NoFiles,
    /// Some files of a request are not acceptable; none was stored.
    #[error("{} of the files cannot be accepted", .0.len())]
    Rejected(Vec<Rejection>),
    /// The information about a file has the wrong form.
    #[error("the information about the file is wrong")]
    InvalidInfo(Vec<InfoProblem>),
    /// A folder was named after a file had begun to flow into another folder.
    #[error("`path` came after the file; send it first")]
    PathAfterFile,
    /// The entry to attach to has the wrong form, or is of a type that is not allowed.
    #[error("the link is wrong: {0}")]
    InvalidLink(String),
    /// A file is replaced by more than one.
    #[error("a file cannot be replaced by several")]
    SeveralReplacements,
    /// There is no such file.
    #[error("there is no such file")]
    NotFound(FileId),
    /// Another change of the file did not end in time.
    #[error("another change of the file is running")]
    Busy(FileId),
    /// The provider that stored the file is not loaded.
    #[error("the provider `{0}`, which stored the file, is not loaded")]
    ProviderNotLoaded(String),
    /// The provider failed.
    #[error("the provider `{provider}` failed")]
    Provider {
        /// The name of the provider.
        provider: String,
        /// The error of the provider.
        source: longshore_provider::Error,
    },
    /// The body of the request broke off. Contains the error of its reader.
    #[error("the file did not arrive whole")]
    BrokenBody(#[source] longshore_provider::Error),
    /// The table failed.
    #[error(transparent)]
    Store(StoreError),
    /// There was no memory for another image in time.
    #[error("there is no memory for another image at present")]
    NoMemory,
    /// The lease of the change has ended, and another host has finished or undone it.
    #[error("another host ended the change after its lease had ended")]
    LostLease,
    /// The library is shutting down.
    #[error("the media library is shutting down")]
    ShuttingDown,
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LostLease => Self::LostLease,
            StoreError::Closed => Self::ShuttingDown,
            error => Self::Store(error),
        }
    }
}

/// Why one file of a request cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The name of the file is empty, too long or reserved, or contains forbidden characters.
    #[error("the file name has characters that it may not have")]
    Name {
        /// The name.
        name: String,
    },
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty {
        /// The name.
        name: String,
    },
    /// The file is larger than the limit.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// The name.
        name: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is within the limit, but larger than the provider accepts.
    #[error("the file is too large for the provider `{provider}`: {reason}")]
    TooLargeForProvider {
        /// The name.
        name: String,
        /// The name of the provider.
        provider: String,
        /// The provider's message, which is only logged. Only the provider knows its limit.
        reason: String,
    },
    /// The file has the signature of an image, but is damaged.
    #[error("the file is no valid image: {reason}")]
    Image {
        /// The name.
        name: String,
        /// The fault.
        reason: String,
    },
    /// The image exceeds a limit for images. It was not decoded.
    #[error("the image is too large: {reason}")]
    ImageTooLarge {
        /// The name.
        name: String,
        /// The limit, and the value of the image.
        reason: String,
    },
    /// The type of the file is not accepted.
    #[error("the type `{mime}` is not accepted")]
    Type {
        /// The name.
        name: String,
        /// The type that was decided on.
        mime: String,
    },
    /// The type of the file is not accepted. The type cannot be determined reliably.
    #[error("the type of the file is not accepted")]
    UnclearType {
        /// The name.
        name: String,
    },
    /// The declared type, the name and the bytes contradict each other.
    #[error("the type of the file cannot be verified")]
    Unverifiable {
        /// The name.
        name: String,
    },
}

impl Rejection {
    /// Whether the file has no bytes.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty { .. })
    }
}

/// A problem in `fileInfo`.
#[derive(Debug, Clone, PartialEq)]
pub struct InfoProblem {
    /// The path of the field: `["fileInfo", "focalPoint", "x"]`.
    pub path: Vec<String>,
    /// The message, as the API returns it.
    pub message: String,
    /// The invalid value.
    pub value: Option<serde_json::Value>,
}
