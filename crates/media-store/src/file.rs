//! A file of the media library, as its row contains it.

use serde_json::Value;

/// Milliseconds since 1970, UTC.
pub type Timestamp = i64;

/// A file: its visible attributes, and the place where it is stored.
///
/// The first group of fields is that of Strapi's entity. The second group is internal, and the content API does not
/// show it.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaFile {
    /// The number of its row.
    pub id: i64,
    /// 24 letters and digits, the same on every copy of a file's history.
    pub document_id: String,
    /// The name that people see.
    pub name: String,
    /// Text in place of an image.
    pub alternative_text: Option<String>,
    /// A caption.
    pub caption: Option<String>,
    /// The point of an image that stays visible when it is cropped.
    pub focal_point: Option<FocalPoint>,
    /// Pixels, of images.
    pub width: Option<u32>,
    /// Pixels, of images.
    pub height: Option<u32>,
    /// Smaller versions of an image, in the order in which they are shown; `None` when there are none.
    pub formats: Option<Vec<Format>>,
    /// The stem of the key, such as `My_Photo_1a2b3c4d5e`.
    pub hash: String,
    /// The extension with its dot, or empty.
    pub ext: String,
    /// The content type.
    pub mime: String,
    /// Bytes. The API's `size` is [`kilobytes`] of it.
    pub size_bytes: u64,
    /// The public URL. Only responses contain signed URLs, the table never does.
    pub url: String,
    /// A URL of a preview, if the provider gave one.
    pub preview_url: Option<String>,
    /// The name of the provider that stored it.
    pub provider: String,
    /// Data that the provider gets back with later calls.
    pub provider_metadata: Option<Value>,
    /// When the row became visible.
    pub created_at: Timestamp,
    /// When the row was changed last.
    pub updated_at: Timestamp,
    /// Equal to `created_at`; the API contains both.
    pub published_at: Timestamp,
    /// Whether `url` and the URLs of the formats are signed. Always `false` in the table.
    pub is_url_signed: bool,

    /// The full key of the main object, as the provider returned it; `None` for imported rows.
    pub key: Option<String>,
    /// The folder below the provider's root.
    pub path: Option<String>,
    /// The service's tag, without quotes.
    pub etag: Option<String>,
    /// `crc64nvme:` and the checksum of the main object's bytes in 16 hexadecimal digits.
    pub checksum: Option<String>,
    /// The names of the provider and of the bases that it extended when it stored the file, outermost first.
    pub provider_chain: Vec<String>,
}

/// A smaller version of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    /// `thumbnail`, or the name of a breakpoint such as `large`.
    pub format: String,
    /// `large_` and the file's name.
    pub name: String,
    /// The stem of its key.
    pub hash: String,
    /// The extension with its dot.
    pub ext: String,
    /// The content type.
    pub mime: String,
    /// The folder below the provider's root.
    pub path: Option<String>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bytes.
    pub size_bytes: u64,
    /// The public URL; responses may contain a signed URL.
    pub url: String,
    /// The full key; `None` for imported rows.
    pub key: Option<String>,
    /// The service's tag, without quotes.
    pub etag: Option<String>,
    /// Data that the provider gets back with later calls.
    pub provider_metadata: Option<Value>,
}

/// A point of an image, in percent of its width and height.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FocalPoint {
    /// From the left, 0 to 100.
    pub x: f64,
    /// From the top, 0 to 100.
    pub y: f64,
}

/// A size as the API shows it: thousands of bytes with two decimals, computed as Strapi does in JavaScript, whose floats
/// round some byte counts down that end in 5: `Math.round((bytes / 1000) * 100) / 100`.
pub fn kilobytes(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact up to 9 petabytes, and the API's number is a float")]
    let hundredths = bytes as f64 / 1000.0 * 100.0;
    // JavaScript rounds halves up, towards positive infinity.
    let whole = hundredths.floor();
    let rounded = if hundredths - whole >= 0.5 { whole + 1.0 } else { whole };
    rounded / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_thousands_of_bytes_with_two_decimals() {
        for (bytes, shown) in [
            (0, 0.0),
            (4, 0.0),
            (5, 0.01),
            (11, 0.01),
            (887, 0.89),
            (1_000_001, 1000.0),
            (1005, 1.0),
            (1015, 1.01),
            (1025, 1.02),
        ] {
            assert!((kilobytes(bytes) - shown).abs() < f64::EPSILON, "{bytes}");
        }
    }
}
