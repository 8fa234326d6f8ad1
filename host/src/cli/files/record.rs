//! A file of the media library as it is printed.

use std::fmt;

use indicatif::BinaryBytes;
use longshore_media_library::{FileView, MediaFile};
use serde::{Serialize, Serializer};

/// A file that a command has processed: in JSON as in the API, and as one line of text.
pub(super) struct Record<'a> {
    /// The action that was done with the file, if there was one.
    pub(super) done: Option<&'static str>,
    /// The file of this machine that was uploaded.
    pub(super) file: Option<&'a str>,
    pub(super) media: &'a MediaFile,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(flatten)]
    media: FileView<'a>,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Line { file: self.file, media: FileView::new(self.media) }.serialize(serializer)
    }
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MediaFile { id, name, size_bytes, url, .. } = self.media;
        if let Some(done) = self.done {
            write!(f, "{done} ")?;
        }
        write!(f, "{id}  {name}  {}  {url}", BinaryBytes(*size_bytes))
    }
}
