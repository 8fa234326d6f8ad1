//! TIFF, and the raw formats of cameras that are based on it.

use super::{Look, bytes::Bytes};

/// More tags than any picture has.
const MOST_TAGS: u16 = 512;

/// Distinguishes the formats by bytes at fixed offsets, or by a tag that only one format has. The tags of a file may be
/// beyond the inspected bytes: its format is then unknown.
pub(super) fn kind(bytes: Bytes<'_>) -> Look {
    let big = bytes.has(0, b"MM");
    let short = |at| if big { bytes.u16_be(at) } else { bytes.u16_le(at) };
    let long = |at| if big { bytes.u32_be(at) } else { bytes.u32_le(at) };
    match short(2) {
        Some(42) => {}
        Some(43) => return Look::Found("image/tiff"),
        _ => return Look::Else,
    }
    let Some(directory) = long(4).and_then(|offset| usize::try_from(offset).ok()) else { return Look::Nothing };
    if directory >= 6 && bytes.has(8, b"CR") {
        return Look::Found("image/x-canon-cr2");
    }
    if directory >= 8 && matches!((short(8), short(10)), (Some(0x1c), Some(0xfe)) | (Some(0x1f), Some(0x0b))) {
        return Look::Found("image/x-nikon-nef");
    }
    let Some(tags) = short(directory) else { return Look::Nothing };
    if tags > MOST_TAGS {
        return Look::Found("image/tiff");
    }
    for tag in 0..usize::from(tags) {
        match short(directory + 2 + tag * 12) {
            Some(50_341) => return Look::Found("image/x-sony-arw"),
            Some(50_706) => return Look::Found("image/x-adobe-dng"),
            Some(_) => {}
            None => return Look::Nothing,
        }
    }
    Look::Found("image/tiff")
}
