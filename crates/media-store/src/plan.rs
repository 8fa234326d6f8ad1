//! The plan of a change, which its row contains: any host can finish or undo the change from it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{FocalPoint, Format, MediaFile, Timestamp, stored_json::optional_formats};

/// The steps that are left when a change does not end by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The phase of the change.
    pub phase: Phase,
    /// New objects that are being written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectRef>,
    /// Old objects, which are removed once the change has happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub old: Vec<ObjectRef>,
    /// The row after the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Box<Replaced>>,
    /// The main object before it was overwritten, if the provider can look it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<PreviousObject>,
    /// Until when an abandoned call may still write the main object, by the database's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_arrive_until: Option<Timestamp>,
}

/// A main object before it is overwritten, to tell it from the new object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PreviousObject {
    /// No object was stored.
    Missing,
    /// This object was stored. Its `ETag` may differ from that of the row: copying a bucket can change the tags.
    Stored {
        /// The service's tag, without quotes.
        etag: Option<String>,
        /// Bytes.
        size: u64,
    },
}

impl Plan {
    /// The plan of new objects, before the first of them is written.
    pub fn preparing(objects: Vec<ObjectRef>) -> Self {
        Self { phase: Phase::Preparing, objects, old: Vec::new(), next: None, before: None, may_arrive_until: None }
    }

    /// The plan once the row names the new objects: only the old ones are left to be removed.
    #[must_use]
    pub fn cleaning(&self) -> Self {
        Self { phase: Phase::Cleaning, old: self.old.clone(), ..Self::preparing(Vec::new()) }
    }
}

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// No stored object has changed: an interrupted change is undone.
    Preparing,
    /// The main object may have been overwritten: an interrupted change is finished.
    Committing,
    /// The row has changed: the old objects are removed.
    Cleaning,
}

/// An object, as a provider addresses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRef {
    /// The stem of its key.
    pub hash: String,
    /// The extension with its dot.
    pub ext: String,
    /// The folder below the provider's root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The full key, once the provider has returned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl MediaFile {
    /// The main object.
    pub fn main_object(&self) -> ObjectRef {
        ObjectRef { hash: self.hash.clone(), ext: self.ext.clone(), path: self.path.clone(), key: self.key.clone() }
    }

    /// The objects of the formats.
    pub fn format_objects(&self) -> Vec<ObjectRef> {
        self.formats.iter().flatten().map(Format::object).collect()
    }
}

impl Format {
    /// The object of the format.
    pub fn object(&self) -> ObjectRef {
        ObjectRef { hash: self.hash.clone(), ext: self.ext.clone(), path: self.path.clone(), key: self.key.clone() }
    }
}

/// The columns of a row that a replacement changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `MediaFile`")]
pub struct Replaced {
    pub name: String,
    pub alternative_text: Option<String>,
    pub caption: Option<String>,
    pub focal_point: Option<FocalPoint>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    #[serde(with = "optional_formats")]
    pub formats: Option<Vec<Format>>,
    pub mime: String,
    pub size_bytes: u64,
    pub url: String,
    pub preview_url: Option<String>,
    pub key: Option<String>,
    pub etag: Option<String>,
    pub checksum: Option<String>,
    pub provider: String,
    pub provider_chain: Vec<String>,
    pub provider_metadata: Option<Value>,
}

impl Replaced {
    /// The columns of a file.
    pub fn of(file: &MediaFile) -> Self {
        Self {
            name: file.name.clone(),
            alternative_text: file.alternative_text.clone(),
            caption: file.caption.clone(),
            focal_point: file.focal_point,
            width: file.width,
            height: file.height,
            formats: file.formats.clone(),
            mime: file.mime.clone(),
            size_bytes: file.size_bytes,
            url: file.url.clone(),
            preview_url: file.preview_url.clone(),
            key: file.key.clone(),
            etag: file.etag.clone(),
            checksum: file.checksum.clone(),
            provider: file.provider.clone(),
            provider_chain: file.provider_chain.clone(),
            provider_metadata: file.provider_metadata.clone(),
        }
    }
}
