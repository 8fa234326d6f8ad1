//! Types of files: by name, by content, and which of them are accepted.

mod types;

pub use self::types::{extension_of, of_name};
