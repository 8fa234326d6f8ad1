//! Checks of the chunks before decoding: the decoder trusts some numbers that it should not trust, and fails on a flag
//! that many programs set without need.

use std::collections::HashSet;

use bytes::Bytes;

use super::container::{ALPHA, ANIMATION, EXIF, PROFILE};
use crate::ImageError;

/// Before the first chunk.
const RIFF: usize = 12;
/// A flag of the extended header.
const XMP: u8 = 0x04;

/// The file without flags for chunks that do not exist, and without the bytes behind its last complete chunk, unless
/// they are a part of the picture.
pub(super) fn mended(file: Bytes) -> Bytes {
    const FLAGS: usize = RIFF + 8;
    let body = file.get(RIFF..).unwrap_or_default();
    let names: HashSet<[u8; 4]> = chunks(body).map(|(name, _)| name).collect();
    let has = |wanted: &[u8; 4]| names.contains(wanted);
    let mut flags = file.get(FLAGS).copied().unwrap_or_default();
    if body.starts_with(b"VP8X") {
        for (flag, chunk) in [(PROFILE, b"ICCP"), (EXIF, b"EXIF"), (XMP, b"XMP ")] {
            flags &= if has(chunk) { u8::MAX } else { !flag };
        }
        if !has(b"ANMF") && (has(b"VP8 ") || has(b"VP8L")) {
            flags &= !ANIMATION;
        }
        // Lossless pictures have their transparency within.
        if flags & ANIMATION == 0 && has(b"VP8 ") && !has(b"ALPH") {
            flags &= !ALPHA;
        }
    }
    let stated = file.get(4..8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes) as usize + 8;
    let whole = RIFF + chunks_length(body);
    let behind = file.get(whole..whole + 4).unwrap_or_default();
    let is_picture = [b"VP8 ", b"VP8L", b"ALPH", b"ANMF"].iter().any(|name| behind == &name[..]);
    // A cut animation is not mended: the number of missing frames is unknown.
    let is_animation = body.starts_with(b"VP8X") && flags & ANIMATION != 0;
    let is_cut = stated > file.len() && !is_picture && !is_animation;
    if file.get(FLAGS).is_none_or(|stored| *stored == flags) && !is_cut {
        return file;
    }
    let end = if is_cut { whole.min(file.len()) } else { file.len() };
    let mut mended = file[..end].to_vec();
    if let Some(stored) = mended.get_mut(FLAGS) {
        *stored = flags;
    }
    if is_cut {
        mended[4..8].copy_from_slice(&u32::try_from(end - 8).unwrap_or(u32::MAX).to_le_bytes());
    }
    mended.into()
}

/// Refuses files that are cut, and frames whose pictures are not as large as they say.
pub(super) fn check(file: &[u8]) -> Result<(), ImageError> {
    let length = file.get(4..8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes) as usize;
    let Some(body) = length.checked_add(8).and_then(|end| file.get(RIFF..end)) else {
        return Err(ImageError::Invalid("the file ends early".to_owned()));
    };
    let mut frames = chunks(body).filter(|(name, _)| name == b"ANMF").map(|(_, frame)| frame);
    if frames.all(|frame| is_sound(frame).unwrap_or(false)) {
        Ok(())
    } else {
        Err(ImageError::Invalid("a frame contradicts itself".to_owned()))
    }
}

/// Whether the picture of a frame has the frame's size.
fn is_sound(frame: &[u8]) -> Option<bool> {
    const HEADER: usize = 16;
    let side = |at: usize| Some(1 + (u32::from_le_bytes(*frame.get(at..at + 4)?.first_chunk()?) & 0xFF_FFFF));
    let frame_size = (side(6)?, side(9)?);
    let picture = chunks(frame.get(HEADER..)?).find_map(|(name, body)| match &name {
        b"VP8 " => Some(lossy_size(body)),
        b"VP8L" => Some(lossless_size(body)),
        _ => None,
    });
    Some(picture?? == frame_size)
}

/// RFC 6386, 9.1.
fn lossy_size(picture: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| Some(u32::from(u16::from_le_bytes(*picture.get(at..at + 2)?.first_chunk()?) & 0x3FFF));
    Some((side(6)?, side(8)?))
}

/// RFC 9649, 3.4.
fn lossless_size(picture: &[u8]) -> Option<(u32, u32)> {
    let bits = u32::from_le_bytes(*picture.get(1..5)?.first_chunk()?);
    Some((1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
}

fn chunks(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let name = *bytes.first_chunk()?;
        let length = u32::from_le_bytes(*bytes.get(4..8)?.first_chunk()?) as usize;
        let body = bytes.get(8..length.checked_add(8)?)?;
        bytes = bytes.get(8 + length.next_multiple_of(2)..).unwrap_or_default();
        Some((name, body))
    })
}

/// Bytes that whole chunks take.
fn chunks_length(bytes: &[u8]) -> usize {
    chunks(bytes).map(|(_, body)| 8 + body.len().next_multiple_of(2)).sum::<usize>().min(bytes.len())
}
