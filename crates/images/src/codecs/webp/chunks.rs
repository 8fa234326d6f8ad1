//! A look at the chunks before anything is decoded: the decoder trusts some numbers that it should not, and trips over
//! a flag that many programs set in vain.

use bytes::Bytes;

use crate::ImageError;

/// Before the first chunk.
const RIFF: usize = 12;

/// The file without the flag that says that there is transparency, if there is none.
pub(super) fn mended(file: Bytes) -> Bytes {
    const FLAGS: usize = RIFF + 8;
    const ALPHA: u8 = 0x10;
    const ANIMATION: u8 = 0x02;
    let body = file.get(RIFF..).unwrap_or_default();
    let has = |wanted: &[u8; 4]| chunks(body).any(|(name, _)| name == *wanted);
    let flags = file.get(FLAGS).copied().unwrap_or_default();
    let in_vain = body.starts_with(b"VP8X") && flags & (ALPHA | ANIMATION) == ALPHA && has(b"VP8 ") && !has(b"ALPH");
    if !in_vain {
        return file;
    }
    let mut mended = file.to_vec();
    mended[FLAGS] &= !ALPHA;
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
