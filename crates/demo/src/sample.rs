//! The files that the tour stores.

use bytes::Bytes;

/// A file to store.
pub(crate) struct Sample {
    /// Its name, and so its key.
    pub(crate) name: &'static str,
    /// The content.
    pub(crate) bytes: Bytes,
    /// The expected content type.
    pub(crate) content_type: &'static str,
}

/// A picture: one request stores it.
pub(crate) fn picture() -> Sample {
    let bytes = Bytes::from_static(include_bytes!("../assets/harbour.png"));
    Sample { name: "harbour.png", bytes, content_type: "image/png" }
}

/// 64 MiB that no two places of are alike, so that a part in the wrong place shows: it goes in several parts.
pub(crate) fn noise() -> Sample {
    const WORDS: usize = 64 * 1024 * 1024 / 8;
    let mut bytes = Vec::with_capacity(WORDS * 8);
    let mut state = 0x1234_5678_9abc_def0_u64;
    for _ in 0..WORDS {
        // xorshift64 (Marsaglia 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    Sample { name: "noise.bin", bytes: bytes.into(), content_type: "application/octet-stream" }
}
