//! Microsoft's Advanced Systems Format.

use super::{Look, bytes::Bytes};

const STREAM: [u8; 16] = *b"\x91\x07\xdc\xb7\xb7\xa9\xcf\x11\x8e\xe6\x00\xc0\x0c\x20\x53\x65";
const AUDIO: [u8; 16] = *b"\x40\x9e\x69\xf8\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b";
const VIDEO: [u8; 16] = *b"\xc0\xef\x19\xbc\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b";
/// The id of an object and its size.
const PREFIX: usize = 24;

/// Video or audio, by the properties of the first stream.
pub(super) fn kind(bytes: Bytes<'_>) -> Look {
    const EITHER: Look = Look::Found("application/vnd.ms-asf");
    let mut at = 30;
    while let (Some(id), Some(size)) = (bytes.array::<16>(at), bytes.u64_le(at + 16)) {
        if id == STREAM {
            return match bytes.array(at + PREFIX) {
                Some(AUDIO) => Look::Found("audio/x-ms-asf"),
                Some(VIDEO) => Look::Found("video/x-ms-asf"),
                _ => EITHER,
            };
        }
        match usize::try_from(size).ok().filter(|size| *size >= PREFIX).and_then(|size| at.checked_add(size)) {
            Some(next) => at = next,
            None if bytes.0.len() > at + PREFIX => return Look::Nothing,
            None => break,
        }
    }
    EITHER
}
