//! EBML (RFC 8794), the container of Matroska and `WebM`.

use super::{Look, bytes::Bytes};

const DOC_TYPE: u64 = 0x4282;
/// The most elements that a plausible header has before the document type.
const MOST_ELEMENTS: usize = 256;

/// The type of the document that the header declares.
pub(super) fn kind(bytes: Bytes<'_>) -> Look {
    match document_type(bytes) {
        Some(b"webm") => Look::Found("video/webm"),
        Some(b"matroska") => Look::Found("video/matroska"),
        _ => Look::Nothing,
    }
}

fn document_type(bytes: Bytes<'_>) -> Option<&[u8]> {
    let (_, _, mut at) = element(bytes, 0)?;
    for _ in 0..MOST_ELEMENTS {
        let (id, length, content) = element(bytes, at)?;
        if id == DOC_TYPE {
            return bytes.slice(content, length)?.split(|byte| *byte == 0).next();
        }
        at = content.checked_add(length)?;
    }
    None
}

/// The id of the element at `at`, the length of its content, and the offset of the content.
fn element(bytes: Bytes<'_>, at: usize) -> Option<(u64, usize, usize)> {
    let (id, width) = number(bytes, at)?;
    let (length, more) = number(bytes, at + width)?;
    // The width marker is part of an id, but not of a length.
    let length = length & !(1 << (7 * more));
    Some((id, usize::try_from(length).ok()?, at + width + more))
}

/// A number with its width marker, and its width in bytes, which the leading zero bits encode.
fn number(bytes: Bytes<'_>, at: usize) -> Option<(u64, usize)> {
    let width = bytes.0.get(at)?.leading_zeros() as usize + 1;
    let digits = bytes.slice(at, width).filter(|_| width <= 8)?;
    Some((digits.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)), width))
}
