//! Why a multipart body cannot be read.

use longshore_provider::Error as BodyError;
use thiserror::Error;

/// Why. Once a body has failed, it goes on failing the same way.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum MultipartError {
    /// The content type has no boundary, or one that cannot be.
    #[error("the content type has no valid boundary")]
    Boundary,
    /// There is no boundary at the start of the body.
    #[error("the body does not start with the boundary of its content type")]
    NoBoundary,
    /// It ended before its last boundary.
    #[error("the body ended before its last boundary")]
    Truncated,
    /// A part's header is larger than the limit.
    #[error("the header of a part is too large")]
    HeadTooLarge,
    /// A part's header is malformed: what is wrong.
    #[error("the header of a part is malformed: {0}")]
    Head(&'static str),
    /// There are more parts than the limit.
    #[error("the body has too many parts")]
    TooManyParts,
    /// The text fields are larger than the limit.
    #[error("the text fields of the body are too large")]
    TextTooLarge,
    /// Another part is being read by now.
    #[error("the part was read too late")]
    LeftBehind,
    /// The body could not be read.
    #[error("the body could not be read")]
    Body(#[source] BodyError),
}
