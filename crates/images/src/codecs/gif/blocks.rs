//! Counting the pixels of all frames without decoding them, as a small file may have millions.

use crate::plan::area;

/// What the blocks say.
pub(super) struct Measured {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Pixels of all frames: each is decoded as large as it is, and drawn as large as the canvas.
    pub(super) pixels: u64,
    /// Pixels of the largest frame, which may be larger than what is shown.
    pub(super) largest: u64,
}

/// Walks over the blocks; `None` when there is not even a header.
pub(super) fn measure(file: &[u8]) -> Option<Measured> {
    let header = file.get(..13)?;
    let side = |at: usize| u32::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let (mut width, mut height) = (side(6), side(8));
    let mut at = 13 + colours(header[10]);
    let (mut frames, mut largest, mut beyond) = (0_u64, 0, 0);
    // What is cut or damaged further down is the decoder's to find.
    while let Some(block) = file.get(at) {
        at = match block {
            0x2C => {
                let Some(image) = file.get(at + 1..at + 10) else { break };
                frames += 1;
                let frame = area(short(image, 4), short(image, 6));
                largest = largest.max(frame);
                if frames == 1 && (width == 0 || height == 0) {
                    // Some programs leave the size of the screen to the first image.
                    (width, height) = (short(image, 4), short(image, 6));
                }
                beyond += frame.saturating_sub(area(width, height));
                after_parts(file, at + 11 + colours(image[8]))
            }
            0x21 => after_parts(file, at + 2),
            _ => break,
        };
    }
    let pixels = area(width, height).saturating_mul(frames.max(1)).saturating_add(beyond);
    (width > 0 && height > 0).then_some(Measured { width, height, pixels, largest })
}

fn short(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

/// Bytes of the colours that follow such flags.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Where the next block begins, after the parts that begin at `at`.
fn after_parts(file: &[u8], mut at: usize) -> usize {
    loop {
        match file.get(at) {
            None | Some(0) => return at + 1,
            Some(length) => at += 1 + usize::from(*length),
        }
    }
}
