//! Tar archives from before POSIX, which have no signature.

use super::{Look, bytes::Bytes};

/// The type, if the checksum of the first header is right.
pub(super) fn old(bytes: Bytes<'_>) -> Look {
    let Some(header) = bytes.array::<512>(0) else { return Look::Else };
    let digits = header[148..154].split(|byte| *byte == 0).next().unwrap_or_default().trim_ascii();
    let written = str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 8).ok());
    // The checksum is computed with blanks in its own field.
    let sum =
        header.iter().enumerate().map(|(at, byte)| u32::from(if (148..156).contains(&at) { b' ' } else { *byte }));
    if written == Some(sum.sum()) { Look::Found("application/x-tar") } else { Look::Else }
}
