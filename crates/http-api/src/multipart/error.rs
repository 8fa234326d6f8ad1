//! Errors of the multipart parser.

use longshore_provider::Error as BodyError;
use thiserror::Error;

/// Why a multipart body cannot be read. A parser that has failed keeps returning the same error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum MultipartError {
    /// The content type has no valid boundary.
    #[error("the content type has no valid boundary")]
    Boundary,
    /// The body does not start with the boundary.
    #[error("the body does not start with the boundary of its content type")]
    NoBoundary,
    /// The body ended before its last boundary.
    #[error("the body ended before its last boundary")]
    Truncated,
    /// A part's header is larger than the limit.
    #[error("the header of a part is too large")]
    HeadTooLarge,
    /// A part's header is malformed, for the given reason.
    #[error("the header of a part is malformed: {0}")]
    Head(&'static str),
    /// The number of parts exceeds the limit.
    #[error("the body has too many parts")]
    TooManyParts,
    /// The text fields are larger than the limit.
    #[error("the text fields of the body are too large")]
    TextTooLarge,
    /// The part was read after the parser had moved on to the next part.
    #[error("the part was read too late")]
    LeftBehind,
    /// The underlying body failed.
    #[error("the body could not be read")]
    Body(#[source] BodyError),
}
