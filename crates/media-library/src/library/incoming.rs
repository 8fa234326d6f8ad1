//! A file on its way in.

use longshore_provider::Body;

/// A file as it comes: what its sender says about it, and its bytes.
#[derive(Debug)]
pub struct Incoming {
    /// The name of the file, without a folder.
    pub name: String,
    /// The content type that the sender says it has.
    pub declared_mime: Option<String>,
    /// The size in bytes, if it is known.
    pub size: Option<u64>,
    /// More bytes than it can have, such as the length of the request: says how much memory holding it may take.
    pub at_most: Option<u64>,
    /// The bytes.
    pub body: Body,
}
