//! A file that is being received.

use longshore_provider::Body;

/// A file as the sender describes it, and its bytes.
#[derive(Debug)]
pub struct Incoming {
    /// The name of the file, without a folder.
    pub name: String,
    /// The content type that the sender declares.
    pub declared_mime: Option<String>,
    /// The size in bytes, if it is known.
    pub size: Option<u64>,
    /// An upper bound of the size in bytes, such as the length of the request. It limits the memory that is reserved.
    pub at_most: Option<u64>,
    /// The bytes.
    pub body: Body,
}
