//! Video and audio of the MPEG family.

use super::{Look, bytes::Bytes};

/// Program streams of MPEG-1 and MPEG-2.
pub(super) fn program_stream(bytes: Bytes<'_>) -> Look {
    match bytes.0.get(4) {
        Some(byte) if byte & 0xf1 == 0x21 => Look::Found("video/MP1S"),
        Some(byte) if byte & 0xc4 == 0x44 => Look::Found("video/MP2P"),
        _ => Look::Else,
    }
}

/// The brand of an ISO base media file (ISO/IEC 14496-12).
pub(super) fn brand(bytes: Bytes<'_>) -> Look {
    let Some(brand) = bytes.array::<4>(8) else { return Look::Else };
    if brand[0] & 0x60 == 0 {
        return Look::Else;
    }
    Look::Found(match brand.trim_ascii().split(|byte| *byte == 0).next().unwrap_or_default() {
        b"avif" | b"avis" => "image/avif",
        b"mif1" => "image/heif",
        b"msf1" => "image/heif-sequence",
        b"heic" | b"heix" => "image/heic",
        b"hevc" | b"hevx" => "image/heic-sequence",
        b"qt" => "video/quicktime",
        b"M4V" | b"M4VH" | b"M4VP" => "video/x-m4v",
        b"M4A" => "audio/x-m4a",
        b"M4B" | b"F4A" | b"F4B" => "audio/mp4",
        b"crx" => "image/x-canon-cr3",
        [b'3', b'g', b'2', ..] => "video/3gpp2",
        [b'3', b'g', ..] => "video/3gpp",
        _ => "video/mp4",
    })
}

/// The first audio frame of layers 1 to 3, or of ADTS.
pub(super) fn frame(bytes: Bytes<'_>) -> Look {
    match bytes.0.get(1) {
        Some(byte) if byte & 0xe0 != 0xe0 => Look::Else,
        Some(byte) if byte & 0x16 == 0x10 => Look::Found("audio/aac"),
        Some(byte) if byte & 0x06 != 0 => Look::Found("audio/mpeg"),
        _ => Look::Else,
    }
}
