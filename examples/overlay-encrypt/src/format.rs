//! How an encrypted file looks.
//!
//! ```text
//! header: 48 bytes          segments
//! +-------+---------+-----+ +------------------------------+-----+ +----------------+-----+
//! | magic | key id  | salt| | 65536 bytes, encrypted       | tag | | up to 65536    | tag | ...
//! | 8     | 8       | 32  | |                              | 16  | | (the last one) | 16  |
//! +-------+---------+-----+ +------------------------------+-----+ +----------------+-----+
//! ```
//!
//! - Magic: seven bytes that no text begins with, and the version of the format, 1.
//! - Key id: HKDF-SHA-256 of the master key. It tells a wrong key from a damaged file, and nothing of the key.
//! - Salt: random. HKDF-SHA-256 makes the file's own key and the first 7 bytes of its nonces of the master key and
//!   the salt; the header is part of what is hashed, so that no byte of it can be changed.
//! - Segments: ChaCha20-Poly1305 in the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár
//!   (<https://eprint.iacr.org/2015/189>): the nonce ends in the segment's number (4 bytes, big endian) and a byte that
//!   is 1 for the last segment alone. So segments cannot be changed, exchanged, left out or cut off.
//! - An empty file has one empty segment; no other file ends in an empty one. So either size tells the other.

/// Bytes of a file in one segment.
pub(crate) const SEGMENT: u64 = SEGMENT_LENGTH as u64;
/// The same, for buffers.
pub(crate) const SEGMENT_LENGTH: usize = 64 * 1024;
/// Bytes that encryption adds to a segment.
pub(crate) const TAG: u64 = 16;
/// Bytes of the header.
pub(crate) const HEADER: usize = 48;
/// The number of the last segment that a file may have.
const LAST: u64 = u32::MAX as u64;

const MAGIC: [u8; 7] = *b"\x89LSENC\n";
const VERSION: u8 = 1;

/// What stands before the segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) key_id: [u8; 8],
    pub(crate) salt: [u8; 32],
}

/// The kind of a file, by its first bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// It was stored without this overlay.
    Plain,
    /// It is encrypted, by this version.
    Encrypted(Header),
    /// It is encrypted, by a version that is not known here.
    Newer(u8),
    /// It is encrypted, and was cut off within the header.
    Cut,
}

impl Header {
    /// As it is stored.
    pub(crate) fn write(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..7].copy_from_slice(&MAGIC);
        bytes[7] = VERSION;
        bytes[8..16].copy_from_slice(&self.key_id);
        bytes[16..].copy_from_slice(&self.salt);
        bytes
    }
}

impl Beginning {
    /// Reads the first bytes of a file: [`HEADER`] of them, unless it has fewer.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let Some(rest) = bytes.strip_prefix(&MAGIC) else { return Self::Plain };
        match rest.split_first() {
            Some((&VERSION, rest)) => match (rest.first_chunk(), rest.get(8..).and_then(<[u8]>::first_chunk)) {
                (Some(key_id), Some(salt)) => Self::Encrypted(Header { key_id: *key_id, salt: *salt }),
                _ => Self::Cut,
            },
            Some((version, _)) => Self::Newer(*version),
            None => Self::Cut,
        }
    }
}

/// The sizes of a file, before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    plain: u64,
}

impl Layout {
    /// The layout of a file of `plain` bytes, or `None` if it is too large.
    pub(crate) fn of_plain(plain: u64) -> Option<Self> {
        let layout = Self { plain };
        (layout.last() <= LAST).then_some(layout)
    }

    /// The layout of a file of `stored` bytes with its header, or `None` if no file has that size.
    pub(crate) fn of_stored(stored: u64) -> Option<Self> {
        let rest = stored.checked_sub(HEADER as u64)?;
        let (full, part) = (rest / (SEGMENT + TAG), rest % (SEGMENT + TAG));
        let plain = match (full, part) {
            (0, TAG) => 0,
            (1.., 0) => full * SEGMENT,
            (_, 0..=TAG) => return None,
            _ => full * SEGMENT + part - TAG,
        };
        Self::of_plain(plain)
    }

    /// Bytes of the file itself.
    pub(crate) fn plain(self) -> u64 {
        self.plain
    }

    /// Bytes that it takes.
    pub(crate) fn stored(self) -> u64 {
        HEADER as u64 + self.plain + (self.last() + 1) * TAG
    }

    /// The number of the last segment.
    pub(crate) fn last(self) -> u64 {
        self.plain.saturating_sub(1) / SEGMENT
    }

    /// The number of the segment that has the byte `at` of the file.
    pub(crate) fn segment_of(at: u64) -> u64 {
        at / SEGMENT
    }

    /// Where the segment `number` begins among the stored bytes.
    pub(crate) fn start(number: u64) -> u64 {
        HEADER as u64 + number * (SEGMENT + TAG)
    }

    /// Where the segment `number` ends among the stored bytes.
    pub(crate) fn end(self, number: u64) -> u64 {
        Self::start(number + 1).min(self.stored())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let header = Header { key_id: [7; 8], salt: std::array::from_fn(|at| u8::try_from(at).unwrap()) };
        let bytes = header.write();
        assert_eq!(Beginning::of(&bytes), Beginning::Encrypted(header));
        for length in 0..7 {
            assert_eq!(Beginning::of(&bytes[..length]), Beginning::Plain, "{length}");
        }
        for length in 7..HEADER {
            assert_eq!(Beginning::of(&bytes[..length]), Beginning::Cut, "{length}");
        }
        let mut newer = bytes;
        newer[7] = 2;
        assert_eq!(Beginning::of(&newer), Beginning::Newer(2));
        assert_eq!(Beginning::of(b"\x89PNG\r\n\x1a\n and so on"), Beginning::Plain);
    }

    #[test]
    fn either_size_tells_the_other() {
        let sizes = [0, 1, 2, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 2 * SEGMENT + 1, 1 << 40];
        for plain in sizes {
            let layout = Layout::of_plain(plain).unwrap();
            assert_eq!(Layout::of_stored(layout.stored()), Some(layout), "{plain}");
        }
        assert_eq!(Layout::of_plain(0).unwrap().stored(), 48 + 16);
        assert_eq!(Layout::of_plain(SEGMENT).unwrap().stored(), 48 + SEGMENT + 16);
        assert_eq!(Layout::of_plain(SEGMENT + 1).unwrap().stored(), 48 + SEGMENT + 16 + 1 + 16);
    }

    #[test]
    fn sizes_that_no_file_has_are_none() {
        let segment = SEGMENT + TAG;
        for rest in [0, 1, 15, segment + 1, segment + TAG, 3 * segment + 15] {
            assert_eq!(Layout::of_stored(48 + rest), None, "{rest}");
        }
        assert_eq!(Layout::of_stored(47), None);
        assert_eq!(Layout::of_plain(u64::MAX), None);
        assert_eq!(Layout::of_plain((LAST + 1) * SEGMENT).unwrap().last(), LAST);
        assert_eq!(Layout::of_plain((LAST + 1) * SEGMENT + 1), None);
    }
}
