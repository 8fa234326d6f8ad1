//! PNG and animated PNG.

use super::{Look, bytes::Bytes};

/// The first chunk, behind the mark.
const FIRST: usize = 8;
/// Length, name and checksum around a chunk's data.
const AROUND: usize = 12;

/// PNG or animated PNG, by the chunks before the picture. A file that does not begin with a header is broken.
pub(super) fn kind(bytes: Bytes<'_>) -> Look {
    let mut at = FIRST;
    let mut header = false;
    while let (Some(length), Some(name)) = (bytes.u32_be(at), bytes.slice(at + 4, 4)) {
        // A length has 31 bits.
        let Some(length) = usize::try_from(length).ok().filter(|length| *length <= 0x7fff_ffff) else {
            return Look::Nothing;
        };
        match name {
            b"IHDR" if length == 13 => header = true,
            b"IHDR" => return Look::Nothing,
            b"IDAT" => return Look::Found("image/png"),
            b"acTL" => return Look::Found("image/apng"),
            // iOS writes this chunk before the header.
            b"CgBI" => {}
            _ if !header => return Look::Nothing,
            _ => {}
        }
        at += AROUND + length;
    }
    if at > FIRST { Look::Found("image/png") } else { Look::Nothing }
}
