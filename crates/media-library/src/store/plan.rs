//! The plan of a change, which its row contains: any host can finish or undo the change from it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::stored_json::optional_formats;
use crate::{FocalPoint, Format, MediaFile, Timestamp};

/// The steps that are left when a change does not end by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The phase of the change.
    pub(crate) phase: Phase,
    /// New objects that are being written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) objects: Vec<ObjectRef>,
    /// Old objects, which are removed once the change has happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) old: Vec<ObjectRef>,
    /// The row after the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<Box<Replaced>>,
    /// The main object before it was overwritten, if the provider can look it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<Before>,
    /// Until when an abandoned call may still write the main object, by the database's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) may_arrive_until: Option<Timestamp>,
}

/// A main object before it is overwritten, to tell it from the new object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Before {
    /// No object was stored.
    Missing,
    /// This object was stored. Its `ETag` may differ from that of the row: copying a bucket can change the tags.
    Stored { etag: Option<String>, size: u64 },
}

impl Plan {
    /// The plan of new objects, before the first of them is written.
    pub(crate) fn preparing(objects: Vec<ObjectRef>) -> Self {
        Self { phase: Phase::Preparing, objects, old: Vec::new(), next: None, before: None, may_arrive_until: None }
    }
}

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Phase {
    /// No stored object has changed: an interrupted change is undone.
    Preparing,
    /// The main object may have been overwritten: an interrupted change is finished.
    Committing,
    /// The row has changed: the old objects are removed.
    Cleaning,
}

/// An object, as a provider addresses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ObjectRef {
    /// The stem of its key.
    pub(crate) hash: String,
    /// The extension with its dot.
    pub(crate) ext: String,
    /// The folder below the provider's root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    /// The full key, once the provider has returned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
}

/// The columns of a row that a replacement changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Replaced {
    pub(crate) name: String,
    pub(crate) alternative_text: Option<String>,
    pub(crate) caption: Option<String>,
    pub(crate) focal_point: Option<FocalPoint>,
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    #[serde(with = "optional_formats")]
    pub(crate) formats: Option<Vec<Format>>,
    pub(crate) mime: String,
    pub(crate) size_bytes: u64,
    pub(crate) url: String,
    pub(crate) preview_url: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) checksum: Option<String>,
    pub(crate) provider: String,
    pub(crate) provider_chain: Vec<String>,
    pub(crate) provider_metadata: Option<Value>,
}

impl Replaced {
    /// The columns of a file.
    pub(crate) fn of(file: &MediaFile) -> Self {
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
