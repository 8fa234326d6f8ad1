//! Encrypting a body on its way to the base: one segment and a batch of output are held, whatever its size.

use longshore_provider::{Body, Bytes, Error, ErrorKind, Result, futures::stream};

use crate::{
    format::{HEADER, Header, Layout, SEGMENT_LENGTH},
    keys::FileCipher,
};

/// Bytes that are handed on in one go, unless the body ends.
const BATCH: usize = 4 * SEGMENT_LENGTH;

/// `plain`, encrypted. Its size is known if that of `plain` is.
pub(crate) fn sealed(header: &Header, cipher: FileCipher, plain: Body) -> Result<Body> {
    let layout = match plain.size() {
        Some(size) => Some(Layout::of_plain(size).ok_or_else(too_large)?),
        None => None,
    };
    let sealing = Sealing {
        plain,
        cipher,
        chunk: Bytes::new(),
        segment: Vec::with_capacity(SEGMENT_LENGTH + 16),
        number: 0,
        out: header.write().to_vec(),
    };
    let chunks = stream::try_unfold(Some(sealing), |state| async move {
        let Some(sealing) = state else { return Ok(None) };
        sealing.next().await.map(Some)
    });
    Ok(Body::from_stream(chunks, layout.map(Layout::stored)))
}

struct Sealing {
    plain: Body,
    cipher: FileCipher,
    /// Bytes of the body that are in no segment yet.
    chunk: Bytes,
    /// The segment that is being filled. A full one waits for the next byte: it may be the last.
    segment: Vec<u8>,
    number: u32,
    /// Encrypted bytes to return next.
    out: Vec<u8>,
}

impl Sealing {
    /// The next bytes, and how to go on: not at all, when the last segment is among them.
    async fn next(mut self) -> Result<(Bytes, Option<Self>)> {
        self.out.reserve(BATCH + SEGMENT_LENGTH + HEADER);
        while self.out.len() < BATCH {
            if self.chunk.is_empty() {
                let Some(chunk) = self.plain.next().await else {
                    self.seal(true);
                    return Ok((self.out.into(), None));
                };
                self.chunk = chunk?;
                continue;
            }
            if self.segment.len() == SEGMENT_LENGTH {
                self.seal(false);
                self.number = self.number.checked_add(1).ok_or_else(too_large)?;
            }
            let part = self.chunk.split_to(self.chunk.len().min(SEGMENT_LENGTH - self.segment.len()));
            self.segment.extend_from_slice(&part);
        }
        Ok((std::mem::take(&mut self.out).into(), Some(self)))
    }

    fn seal(&mut self, last: bool) {
        self.cipher.seal(self.number, last, &mut self.segment);
        self.out.append(&mut self.segment);
    }
}

fn too_large() -> Error {
    Error::new(ErrorKind::TooLarge, "an encrypted file can have 256 TiB at most")
}
