//! The information about a file that its owner may write, and the entries that files are attached to.

use crate::FocalPoint;

/// The information about one file. A field that is `None` keeps the value of a stored file, or the default.
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
    /// The texts that are `null`.
    pub cleared: Cleared,
}

/// The texts that a request sets to `null`. A replacement clears them. An upload or update ignores them, as in Strapi.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// Text in place of an image.
    pub alternative_text: bool,
    /// The caption.
    pub caption: bool,
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
