//! Limits of one body.

/// Limits on the memory and work for one body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of one part's header, and of the preamble before the first part.
    pub(crate) head: usize,
    /// The number of parts.
    pub(crate) parts: usize,
    /// Bytes of all text fields together.
    pub(crate) text: usize,
}
