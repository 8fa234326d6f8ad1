//! What kind of file begins with these bytes.
//!
//! Which types are told apart, by what, in which order and under which names follows the npm package `file-type` 21
//! (MIT licence), which Strapi asks. Plain text has no marks and is never recognised.

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

/// How many bytes of a file are looked at.
pub const SNIFF: usize = 4100;

/// What a detector makes of bytes that have its mark.
enum Look {
    /// They are of this type.
    Found(&'static str),
    /// They are broken, or of no type that has a name: no other detector is asked.
    Nothing,
    /// The mark was a coincidence.
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

/// Tags stand in front of sound of several types. Where they fill all that is to be seen, it is the most common.
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
