//! Walking over the blocks of a GIF without decoding any: a small file may have millions of pixels, and what stands
//! behind the last frame must not decide.

use bytes::Bytes;

use crate::plan::area;

/// The facts of the blocks.
pub(super) struct Blocks {
    /// The file up to the end of its last frame, with a trailer. Padding, unknown blocks and a missing trailer do not
    /// matter; the data of a cut last frame ends where the file ends.
    pub(super) file: Bytes,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Frames with at least one byte of data.
    pub(super) frames: u64,
    /// Pixels of all frames: each is decoded as large as it is, and drawn as large as the canvas.
    pub(super) pixels: u64,
    /// Pixels of the largest frame, which may be larger than what is shown.
    pub(super) largest: u64,
}

const IMAGE: u8 = 0x2C;
const EXTENSION: u8 = 0x21;
const TRAILER: u8 = 0x3B;

/// Walks over the blocks; `None` when there is not even a header.
pub(super) fn walk(file: &Bytes) -> Option<Blocks> {
    let header = file.get(..13)?;
    let (mut width, mut height) = (short(header, 6), short(header, 8));
    let mut at = 13 + colours(header[10]);
    let (mut frames, mut largest, mut beyond) = (0_u64, 0, 0);
    // Where the last frame ends, and how it ends.
    let mut last = DataEnd { at, cut: None };
    while let Some(block) = file.get(at) {
        match *block {
            IMAGE => {
                let Some(image) = file.get(at + 1..at + 10) else {
                    break;
                };
                let data = at + 11 + colours(image[8]);
                // A frame without any data is none.
                if file.get(data).is_none_or(|length| *length == 0) || file.len() <= data + 1 {
                    break;
                }
                frames += 1;
                let frame = area(short(image, 4), short(image, 6));
                largest = largest.max(frame);
                if frames == 1 && (width == 0 || height == 0) {
                    // Some programs leave the size of the screen to the first image.
                    (width, height) = (short(image, 4), short(image, 6));
                }
                beyond += frame.saturating_sub(area(width, height));
                last = data_end(file, data);
                at = last.at;
            }
            EXTENSION => at = data_end(file, at + 2).at,
            _ => break,
        }
    }
    let pixels = area(width, height).saturating_mul(frames.max(1)).saturating_add(beyond);
    let file = if frames > 0 { last.trimmed(file) } else { file.clone() };
    (width > 0 && height > 0).then_some(Blocks { file, width, height, frames, pixels, largest })
}

/// Where the data of a block ends.
#[derive(Clone, Copy)]
struct DataEnd {
    /// Behind the terminator, or the end of the file.
    at: usize,
    /// Where the part begins that the end of the file cuts; `at` when the terminator alone is missing.
    cut: Option<usize>,
}

impl DataEnd {
    /// The file up to here, its cut part shortened to the bytes that are there, with a trailer.
    fn trimmed(self, file: &Bytes) -> Bytes {
        if self.cut.is_none() && file.get(self.at) == Some(&TRAILER) {
            return file.slice(..=self.at);
        }
        let mut trimmed = Vec::with_capacity(self.at + 2);
        trimmed.extend_from_slice(&file[..self.at]);
        if let Some(cut) = self.cut {
            if let Some(length) = trimmed.get_mut(cut) {
                *length = u8::try_from(self.at - cut - 1).unwrap_or(u8::MAX);
            }
            trimmed.push(0);
        }
        trimmed.push(TRAILER);
        trimmed.into()
    }
}

/// The end of the data whose first part begins at `at`.
fn data_end(file: &[u8], mut at: usize) -> DataEnd {
    loop {
        match file.get(at) {
            None => {
                return DataEnd { at: file.len(), cut: Some(file.len()) };
            }
            Some(0) => {
                return DataEnd { at: at + 1, cut: None };
            }
            Some(length) => {
                let next = at + 1 + usize::from(*length);
                if next > file.len() {
                    return DataEnd { at: file.len(), cut: Some(at) };
                }
                at = next;
            }
        }
    }
}

fn short(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

/// Bytes of the colours that follow such flags.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}
