//! A file as the API and the events show it.

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeStruct},
};

use crate::{Attribute, FocalPoint, Format, MediaFile, iso::Iso, kilobytes};

/// A file in the form, and with the order of keys, of Strapi's content API.
///
/// Serialising makes no copies. `id`, `documentId` and `isUrlSigned` are always part of the output, whatever `fields`
/// contains.
///
/// ```
/// # use longshore_media_store::{Attribute, FileView, MediaFile};
/// # fn show(file: &MediaFile) -> serde_json::Result<String> {
/// serde_json::to_string(&FileView::new(file).with_fields(&[Attribute::Name, Attribute::Url]))
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FileView<'a> {
    file: &'a MediaFile,
    fields: Option<&'a [Attribute]>,
    /// Whether `isUrlSigned` is shown, here and in formats.
    signature: bool,
}

impl<'a> FileView<'a> {
    /// Shows every attribute.
    pub fn new(file: &'a MediaFile) -> Self {
        Self { file, fields: None, signature: true }
    }

    /// Shows these attributes only; the order stays that of the API.
    #[must_use]
    pub fn with_fields(self, fields: &'a [Attribute]) -> Self {
        Self { fields: Some(fields), ..self }
    }

    /// The form of events, without `isUrlSigned`: a signature would have expired when the event is read.
    #[must_use]
    pub fn without_signature(self) -> Self {
        Self { signature: false, ..self }
    }

    fn shows(&self, attribute: Attribute) -> bool {
        matches!(attribute, Attribute::Id | Attribute::DocumentId)
            || self.fields.is_none_or(|fields| fields.contains(&attribute))
    }
}

impl Serialize for FileView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let file = self.file;
        let mut map = serializer.serialize_map(None)?;
        for &attribute in Attribute::ALL {
            if !self.shows(attribute) {
                continue;
            }
            let name = attribute.name();
            match attribute {
                Attribute::Id => map.serialize_entry(name, &file.id),
                Attribute::DocumentId => map.serialize_entry(name, &file.document_id),
                Attribute::Name => map.serialize_entry(name, &file.name),
                Attribute::AlternativeText => map.serialize_entry(name, &file.alternative_text),
                Attribute::Caption => map.serialize_entry(name, &file.caption),
                Attribute::FocalPoint => map.serialize_entry(name, &file.focal_point.as_ref().map(Point)),
                Attribute::Width => map.serialize_entry(name, &file.width),
                Attribute::Height => map.serialize_entry(name, &file.height),
                Attribute::Formats => {
                    let show = |format| FormatView { format, signed: self.signature && file.is_url_signed, key: false };
                    map.serialize_entry(name, &file.formats.as_deref().map(|formats| FormatsView { formats, show }))
                }
                Attribute::Hash => map.serialize_entry(name, &file.hash),
                Attribute::Ext => map.serialize_entry(name, &file.ext),
                Attribute::Mime => map.serialize_entry(name, &file.mime),
                Attribute::Size => map.serialize_entry(name, &Number(kilobytes(file.size_bytes))),
                Attribute::Url => map.serialize_entry(name, &file.url),
                Attribute::PreviewUrl => map.serialize_entry(name, &file.preview_url),
                Attribute::Provider => map.serialize_entry(name, &file.provider),
                Attribute::ProviderMetadata => map.serialize_entry(name, &file.provider_metadata),
                Attribute::CreatedAt => map.serialize_entry(name, &Iso(file.created_at)),
                Attribute::UpdatedAt => map.serialize_entry(name, &Iso(file.updated_at)),
                Attribute::PublishedAt => map.serialize_entry(name, &Iso(file.published_at)),
            }?;
        }
        if self.signature {
            map.serialize_entry("isUrlSigned", &file.is_url_signed)?;
        }
        map.end()
    }
}

/// Formats by their names, in their order.
pub(crate) struct FormatsView<'a, F> {
    pub(crate) formats: &'a [Format],
    pub(crate) show: F,
}

impl<'a, F: Fn(&'a Format) -> FormatView<'a>> Serialize for FormatsView<'a, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.formats.iter().map(|format| (&format.format, (self.show)(format))))
    }
}

/// A format, in the form that Strapi keeps and shows.
pub(crate) struct FormatView<'a> {
    pub(crate) format: &'a Format,
    /// Whether to show if the URL is signed.
    pub(crate) signed: bool,
    /// Whether to add the key, which the API does not show.
    pub(crate) key: bool,
}

impl Serialize for FormatView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let format = self.format;
        let mut shown = serializer.serialize_struct("Format", 10)?;
        shown.serialize_field("name", &format.name)?;
        shown.serialize_field("hash", &format.hash)?;
        shown.serialize_field("ext", &format.ext)?;
        shown.serialize_field("mime", &format.mime)?;
        shown.serialize_field("path", &format.path)?;
        shown.serialize_field("width", &format.width)?;
        shown.serialize_field("height", &format.height)?;
        shown.serialize_field("size", &Number(kilobytes(format.size_bytes)))?;
        shown.serialize_field("sizeInBytes", &format.size_bytes)?;
        shown.serialize_field("url", &format.url)?;
        if let Some(etag) = &format.etag {
            shown.serialize_field("etag", etag)?;
        }
        if let Some(metadata) = &format.provider_metadata {
            shown.serialize_field("provider_metadata", metadata)?;
        }
        if let (true, Some(key)) = (self.key, &format.key) {
            shown.serialize_field("key", key)?;
        }
        if self.signed {
            shown.serialize_field("isUrlSigned", &true)?;
        }
        shown.end()
    }
}

/// A focal point.
pub(crate) struct Point<'a>(pub(crate) &'a FocalPoint);

impl Serialize for Point<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut point = serializer.serialize_struct("FocalPoint", 2)?;
        point.serialize_field("x", &Number(self.0.x))?;
        point.serialize_field("y", &Number(self.0.y))?;
        point.end()
    }
}

/// A number as JavaScript writes it: whole numbers have no decimal point.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// 2^53: below it, a float represents every whole number exactly.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() < EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole, and smaller than 2^53")]
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

#[cfg(test)]
mod tests;
