//! Decrypting a body on its way from the base: nothing is handed out whose tag was not checked.

use std::collections::VecDeque;

use longshore_provider::{Body, Bytes, Error, ErrorKind, Result, futures::stream};

use crate::{
    format::{Layout, SEGMENT, SEGMENT_LENGTH},
    keys::FileCipher,
};

/// Bytes that are handed on in one go, unless the part ends.
const BATCH: usize = 4 * SEGMENT_LENGTH;

/// A part of a file: some bytes, and the segments that have them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) layout: Layout,
    /// The first byte of the file that is wanted.
    pub(crate) start: u64,
    /// The first that is not.
    pub(crate) end: u64,
}

impl Part {
    /// The whole file.
    pub(crate) fn whole(layout: Layout) -> Self {
        Self { layout, start: 0, end: layout.plain() }
    }

    /// The first segment, and the last.
    fn segments(&self) -> (u64, u64) {
        (Layout::segment_of(self.start), Layout::segment_of(self.end.saturating_sub(1)))
    }

    /// Where the segments lie among the stored bytes: the first byte, and how many.
    pub(crate) fn stored(&self) -> (u64, u64) {
        let (first, last) = self.segments();
        let start = Layout::start(first);
        (start, self.layout.end(last) - start)
    }
}

/// The bytes of `part`, out of its segments, which are what was read `ahead` and then `stored`.
pub(crate) fn unsealed(key: &str, part: Part, cipher: FileCipher, ahead: VecDeque<Bytes>, stored: Body) -> Body {
    let (number, last) = part.segments();
    let skip = usize::try_from(part.start - number * SEGMENT).expect("less than a segment is skipped");
    let unsealing = Unsealing { key: key.to_owned(), part, cipher, chunks: ahead, stored, number, last, skip };
    let chunks = stream::try_unfold(unsealing, |unsealing| async move {
        if unsealing.number > unsealing.last { Ok(None) } else { unsealing.next().await.map(Some) }
    });
    let size = part.end - part.start;
    // An empty file has one segment too, and it is authenticated.
    Body::from_stream(chunks, Some(size))
}

struct Unsealing {
    /// For errors.
    key: String,
    part: Part,
    cipher: FileCipher,
    /// Encrypted bytes that are not decrypted yet.
    chunks: VecDeque<Bytes>,
    stored: Body,
    /// The segment that comes next.
    number: u64,
    /// The last one that is wanted.
    last: u64,
    /// How many bytes of the next segment are not wanted.
    skip: usize,
}

impl Unsealing {
    async fn next(mut self) -> Result<(Bytes, Self)> {
        let mut out = Vec::with_capacity(BATCH);
        while out.len() < BATCH && self.number <= self.last {
            let mut segment = self.read().await?;
            let number = u32::try_from(self.number).expect("a layout has no more segments");
            self.cipher
                .open(number, self.number == self.part.layout.last(), &mut segment)
                .map_err(|_| damaged(&self.key))?;
            let until = self.part.end.saturating_sub(self.number * SEGMENT).min(segment.len() as u64);
            let until = usize::try_from(until).expect("a segment is small");
            out.extend_from_slice(&segment[self.skip.min(until)..until]);
            self.skip = 0;
            self.number += 1;
        }
        Ok((out.into(), self))
    }

    /// All of the next segment, with its tag.
    async fn read(&mut self) -> Result<Vec<u8>> {
        let length = self.part.layout.end(self.number) - Layout::start(self.number);
        let length = usize::try_from(length).expect("a segment is small");
        let mut segment = Vec::with_capacity(length);
        while segment.len() < length {
            let Some(chunk) = self.chunks.front_mut() else {
                let chunk = self.stored.next().await.unwrap_or_else(|| {
                    let message = format!("`{}` has become shorter while it was read", self.key);
                    Err(Error::new(ErrorKind::BrokenBody, message))
                });
                self.chunks.push_back(chunk?);
                continue;
            };
            let part = chunk.split_to(chunk.len().min(length - segment.len()));
            segment.extend_from_slice(&part);
            if chunk.is_empty() {
                self.chunks.pop_front();
            }
        }
        Ok(segment)
    }
}

/// The error for stored bytes that do not pass authentication.
pub(crate) fn damaged(key: &str) -> Error {
    Error::internal(format!("`{key}` cannot be decrypted: it was changed or cut off since it was stored"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::TAG;

    #[test]
    fn a_part_needs_its_own_segments_alone() {
        let layout = Layout::of_plain(3 * SEGMENT + 5).unwrap();
        let stored = |start, end| Part { layout, start, end }.stored();
        let segment = SEGMENT + TAG;
        assert_eq!(stored(0, 1), (48, segment));
        assert_eq!(stored(SEGMENT - 1, SEGMENT + 1), (48, 2 * segment));
        assert_eq!(stored(SEGMENT, 2 * SEGMENT), (48 + segment, segment));
        assert_eq!(stored(3 * SEGMENT + 4, 3 * SEGMENT + 5), (48 + 3 * segment, 5 + TAG));
        let whole = Part::whole(Layout::of_plain(0).unwrap());
        assert_eq!(whole.stored(), (48, TAG));
    }
}
