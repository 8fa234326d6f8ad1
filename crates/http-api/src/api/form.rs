//! The fields of an upload that are not files.

use axum::{
    body::Body,
    http::{HeaderMap, header::CONTENT_TYPE},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use longshore_media_library::{Error as LibraryError, Link};
use serde_json::Value;

use super::{
    bounded_json,
    file_info::{FileInfos, no_object},
};
use crate::{
    error::HttpError,
    query::{Node, Query},
    server::broken,
};

/// The fields of a form.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// `fileInfo`.
    pub(super) infos: FileInfos,
    /// `path`.
    pub(super) path: Option<String>,
    reference: Option<String>,
    reference_id: Option<String>,
    field: Option<String>,
}

/// The encoding of a body that has fields and no files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    Encoded,
    /// Any other content type. The body is ignored.
    Other,
}

impl Form {
    /// Whether the upload route uses a field with this name.
    pub(super) fn knows(name: &str) -> bool {
        matches!(name, "fileInfo" | "path" | "ref" | "refId" | "field") || name.starts_with("fileInfo[")
    }

    /// Adds a field. If a field occurs twice and cannot be repeated, its last value counts.
    pub(super) fn add(&mut self, name: &str, text: String) {
        match name {
            "fileInfo" => self.infos.add_text(&text),
            "path" => self.path = Some(text),
            "ref" => self.reference = Some(text),
            "refId" => self.reference_id = Some(text),
            "field" => self.field = Some(text),
            name if name.starts_with("fileInfo[") => self.infos.add_bracketed(name, text),
            _ => {}
        }
    }

    /// The entry to attach the files to, if all three fields are present.
    pub(super) fn link(&self) -> Option<Link> {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let (reference, id, field) = (said(&self.reference)?, said(&self.reference_id)?, said(&self.field)?);
        Some(Link { reference, id, field })
    }

    /// Reads a body without files: JSON, or an urlencoded form.
    pub(super) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Self, HttpError> {
        let kind = Kind::of(headers);
        let collected = Limited::new(body, limit).collect().await.map_err(|error| {
            let is_long = error.downcast_ref::<LengthLimitError>().is_some();
            if is_long { HttpError::FieldsTooLarge } else { broken::http_error(error.as_ref()) }
        })?;
        let bytes = collected.to_bytes();
        let mut form = Self::default();
        match kind {
            Kind::Json if !bytes.is_empty() => form.add_json(&bytes)?,
            Kind::Encoded => {
                let query = Query::parse(&String::from_utf8_lossy(&bytes))?;
                if let Some(node) = query.get("fileInfo") {
                    form.infos.add_node(node);
                }
                for name in ["path", "ref", "refId", "field"] {
                    if let Some(Node::Text(text)) = query.get(name) {
                        form.add(name, text.clone());
                    }
                }
            }
            Kind::Json | Kind::Other => {}
        }
        Ok(form)
    }

    fn add_json(&mut self, bytes: &[u8]) -> Result<(), HttpError> {
        // Windows programs write a byte order mark.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let read = bounded_json::read(bytes, &mut bounded_json::MOST_VALUES.clone());
        match read.map_err(HttpError::Json)? {
            Value::Object(mut fields) => {
                if let Some(info) = fields.remove("fileInfo") {
                    self.infos.add_value(info);
                }
                Ok(())
            }
            list @ Value::Array(_) => Err(LibraryError::InvalidInfo(vec![no_object(&list)]).into()),
            _ => Err(HttpError::Scalar),
        }
    }
}

impl Kind {
    fn of(headers: &HeaderMap) -> Self {
        let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => Self::Json,
            "application/x-www-form-urlencoded" => Self::Encoded,
            other if other.starts_with("application/") && other.ends_with("+json") => Self::Json,
            _ => Self::Other,
        }
    }
}
