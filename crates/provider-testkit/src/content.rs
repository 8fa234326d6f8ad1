//! Pseudorandom bytes and numbers that a seed reproduces.

use longshore_provider::Bytes;

/// Pseudorandom numbers from a seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub(crate) struct SeededNumbers(u64);

impl SeededNumbers {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// A number below `limit`, which must not be 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// `length` pseudorandom bytes from `seed`.
pub(crate) fn content(seed: u64, length: usize) -> Bytes {
    let mut numbers = SeededNumbers::of(seed);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&numbers.next().to_le_bytes());
    }
    bytes.truncate(length);
    Bytes::from(bytes)
}

/// Describes in a few words how two contents differ.
pub(crate) fn difference(expected: &[u8], found: &[u8]) -> String {
    if expected.len() != found.len() {
        return format!("{} bytes", found.len());
    }
    let at = expected.iter().zip(found).position(|(expected, found)| expected != found);
    at.map_or_else(|| "the same bytes".to_owned(), |at| format!("other bytes, from byte {at} on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_gives_the_same() {
        assert_eq!(content(7, 100), content(7, 100));
        assert_ne!(content(7, 100), content(8, 100));
        assert_eq!(content(7, 3), content(7, 100).slice(..3));
    }

    #[test]
    fn a_difference_is_told_in_a_few_words() {
        assert_eq!(difference(b"abc", b"ab"), "2 bytes");
        assert_eq!(difference(b"abc", b"abd"), "other bytes, from byte 2 on");
    }
}
