//! The family of JPEG 2000 (ISO/IEC 15444).

use super::{Look, bytes::Bytes};

/// The type, by the brand of the file.
pub(super) fn kind(bytes: Bytes<'_>) -> Look {
    match bytes.slice(20, 4) {
        Some(b"jp2 ") => Look::Found("image/jp2"),
        Some(b"jpx ") => Look::Found("image/jpx"),
        Some(b"jpm ") => Look::Found("image/jpm"),
        Some(b"mjp2") => Look::Found("image/mj2"),
        _ => Look::Nothing,
    }
}
