//! The largest file that the library accepts.

use crate::Rejection;

/// The setting `sizeLimit`. Nothing else compares a number of bytes with it.
///
/// A declared size is checked before the body is read, a body while it is read, and an image when its final bytes are
/// known: it may become smaller. A provider's own limit is a matter of the provider.
#[derive(Clone, Copy, Debug)]
pub(super) struct SizeLimit(Option<u64>);

impl SizeLimit {
    /// The limit of so many bytes. 0 is none.
    pub(super) fn new(bytes: u64) -> Self {
        Self(Some(bytes).filter(|bytes| *bytes > 0))
    }

    /// Whether a file may have so many bytes.
    pub(super) fn allows(self, bytes: u64) -> bool {
        self.0.is_none_or(|limit| bytes <= limit)
    }

    /// The limit, for the log.
    pub(super) fn bytes(self) -> Option<u64> {
        self.0
    }

    /// The rejection of a file that is over the limit.
    pub(super) fn rejection(self, name: &str) -> Rejection {
        Rejection::TooLarge { name: name.to_owned(), limit: self.0.unwrap_or(u64::MAX) }
    }
}
