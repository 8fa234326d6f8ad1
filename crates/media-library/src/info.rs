//! What people say about a file when they upload or change it.

use crate::FocalPoint;

/// What is said about one file. What is `None` is not said: a new file gets the default, a stored one keeps its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileInfo {
    /// The name to show.
    pub name: Option<String>,
    /// Text in place of an image; empty clears it.
    pub alternative_text: Option<String>,
    /// A caption; empty clears it.
    pub caption: Option<String>,
    /// The point of an image that stays visible when it is cropped.
    pub focal_point: Option<FocalPoint>,
}

/// `fileInfo` of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Infos {
    /// An object: for a single file.
    One(FileInfo),
    /// An array, or the field repeated: in the order of the files.
    Many(Vec<FileInfo>),
}

/// The entry that files are attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The entry's type, such as `api::article.article`.
    pub reference: String,
    /// The entry's id, as text.
    pub id: String,
    /// The entry's field.
    pub field: String,
}
