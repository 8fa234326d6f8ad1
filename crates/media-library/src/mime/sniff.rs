//! The content type of a file, recognised by its first bytes.
//!
//! The types, their signatures, names and order follow the npm package `file-type` 21 (MIT licence), which Strapi uses.
//! Plain text has no signature and is never recognised.

mod asf;
mod bytes;
mod ebml;
mod jpeg2000;
mod mpeg;
mod png;
mod signatures;
mod tar;
mod tiff;
mod zip;

use self::{
    bytes::Bytes,
    signatures::{CONFIDENT, IMPRECISE, Mark, Then},
};

/// How many bytes of a file are inspected.
pub const SNIFF: usize = 4100;

/// The result of a detector for bytes that have its signature.
enum Look {
    /// The bytes are of this type.
    Found(&'static str),
    /// The bytes are broken, or their type has no name: no other detector runs.
    Nothing,
    /// The signature was a coincidence: the next detectors run.
    Else,
}

/// The content type of a file that begins with these bytes, of which the first [`SNIFF`] count.
pub fn sniff(first_bytes: &[u8]) -> Option<&'static str> {
    let bytes = &first_bytes[..first_bytes.len().min(SNIFF)];
    if bytes.len() < 2 {
        return None;
    }
    if let Some(text) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return match recognised(text, CONFIDENT) {
            Look::Found(mime) => Some(mime),
            Look::Nothing | Look::Else => None,
        };
    }
    if bytes.starts_with(b"ID3") {
        return behind_id3(bytes);
    }
    match recognised(bytes, CONFIDENT) {
        Look::Found(mime) => Some(mime),
        Look::Nothing => None,
        Look::Else => match recognised(bytes, IMPRECISE) {
            Look::Found(mime) => Some(mime),
            Look::Nothing | Look::Else => None,
        },
    }
}

/// The type of a file that begins with ID3 tags, which precede several types of audio. If the tags fill all of the
/// inspected bytes, the type is taken to be the most common one.
fn behind_id3(bytes: &[u8]) -> Option<&'static str> {
    let size = bytes.get(6..10)?.iter().fold(0, |size: usize, byte| size << 7 | usize::from(byte & 0x7f));
    bytes.get(10 + size..).map_or(Some("audio/mpeg"), sniff)
}

fn recognised(bytes: &[u8], marks: &[Mark]) -> Look {
    for mark in marks.iter().filter(|mark| mark.is_on(bytes)) {
        match mark.then {
            Then::Is(mime) => return Look::Found(mime),
            Then::Ask(detector) => match detector(Bytes(bytes)) {
                Look::Else => {}
                answer => return answer,
            },
        }
    }
    Look::Else
}

#[cfg(test)]
mod tests;
