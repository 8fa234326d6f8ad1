//! The columns that contain JSON. Formats are stored in the form that Strapi uses, because filters compare their text.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use crate::{
    FocalPoint, Format,
    view::{FormatView, FormatsView, Point},
};

/// The text of formats.
pub(super) fn formats(formats: Option<&[Format]>) -> Option<String> {
    let show = |format| FormatView { format, signed: false, key: true };
    formats.map(|formats| text(&FormatsView { formats, show }))
}

/// The text of a focal point.
pub(super) fn focal_point(point: Option<&FocalPoint>) -> Option<String> {
    point.map(|point| text(&Point(point)))
}

/// The text of anything that serialises.
pub(super) fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("keys are texts, and writing to memory does not fail")
}

/// The formats of a text that [`formats`] or Strapi has written.
pub(super) struct Formats(pub(super) Vec<Format>);

impl<'de> Deserialize<'de> for Formats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ByName).map(Self)
    }
}

/// For `serde(with)`: optional formats in the same form.
pub(super) mod optional_formats {
    use super::{Deserialize, Deserializer, Format, FormatView, Formats, FormatsView, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands the field over so")]
    pub(crate) fn serialize<S: Serializer>(formats: &Option<Vec<Format>>, serializer: S) -> Result<S::Ok, S::Error> {
        let show = |format| FormatView { format, signed: false, key: true };
        match formats {
            Some(formats) => serializer.serialize_some(&FormatsView { formats, show }),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Format>>, D::Error> {
        Ok(Option::<Formats>::deserialize(deserializer)?.map(|formats| formats.0))
    }
}

struct ByName;

impl<'de> Visitor<'de> for ByName {
    type Value = Vec<Format>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("formats by their names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut formats = Vec::new();
        while let Some((format, stored)) = map.next_entry::<String, Stored>()? {
            formats.push(stored.named(format));
        }
        Ok(formats)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    name: String,
    hash: String,
    ext: String,
    mime: String,
    path: Option<String>,
    width: u32,
    height: u32,
    /// Thousands of bytes.
    size: f64,
    /// Older versions of Strapi did not store this field.
    size_in_bytes: Option<u64>,
    url: String,
    etag: Option<String>,
    #[serde(rename = "provider_metadata")]
    provider_metadata: Option<Value>,
    key: Option<String>,
}

impl Stored {
    fn named(self, format: String) -> Format {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` saturates, which is the wish"
        )]
        let rounded = (self.size * 1000.0).round() as u64;
        Format {
            format,
            name: self.name,
            hash: self.hash,
            ext: self.ext,
            mime: self.mime,
            path: self.path,
            width: self.width,
            height: self.height,
            size_bytes: self.size_in_bytes.unwrap_or(rounded),
            url: self.url,
            key: self.key,
            etag: self.etag,
            provider_metadata: self.provider_metadata,
        }
    }
}
