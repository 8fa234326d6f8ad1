//! Cuts the body of an upload into parts.

use std::{sync::OnceLock, time::Duration};

use aws_sdk_s3::types::ChecksumAlgorithm;
use longshore_memory_budget::{MemoryBudget, Reservation};
use longshore_provider::{Body, Bytes, Error, ErrorKind, Result, tokio};

use crate::{
    payload::Payload,
    settings::{LARGEST_PART, MIB},
};

/// S3 takes so many parts of one file.
pub(crate) const MOST_PARTS: u64 = 10_000;
/// The parts of a file of unknown size double in size after each so many.
const DOUBLE_AFTER: u64 = 2_000;
/// Chunks below this size are joined: copying them costs less than sending them one by one.
const SMALL_CHUNK: usize = 64 * 1024;

/// The memory budget of all uploads of this library, of `bytes` at least: if several providers share the library, the
/// largest figure counts.
pub(crate) fn shared_budget(bytes: u64) -> MemoryBudget {
    static SHARED: OnceLock<MemoryBudget> = OnceLock::new();
    let shared = SHARED.get_or_init(|| MemoryBudget::new(bytes));
    shared.raise_to(bytes);
    shared.clone()
}

/// A piece of the body, in memory, with the reservation of that memory.
#[derive(Debug)]
pub(crate) struct Part {
    chunks: Vec<Bytes>,
    /// Given back when the part is dropped.
    _reservation: Reservation,
}

impl Part {
    /// The body of the part's request. Each attempt makes one.
    pub(crate) fn payload(&self, checksum: Option<&ChecksumAlgorithm>) -> Payload {
        Payload::new(&self.chunks, checksum)
    }

    /// The bytes, in pieces.
    pub(crate) fn chunks(&self) -> &[Bytes] {
        &self.chunks
    }
}

/// The size of the part with this number, counted from 0.
pub(crate) fn size_of(number: u64, configured: u64, total: Option<u64>) -> u64 {
    match total {
        Some(total) => configured.max(total.div_ceil(MOST_PARTS).next_multiple_of(MIB)),
        None => (configured << (number / DOUBLE_AFTER).min(16)).min(LARGEST_PART),
    }
}

/// Reads a body part by part.
pub(crate) struct Parts {
    body: Body,
    /// The beginning of the next part: a chunk may reach over the end of one.
    rest: Bytes,
    budget: MemoryBudget,
    /// How long to wait for the next bytes.
    patience: Duration,
    /// How many bytes are still to come, if that is known.
    left: Option<u64>,
    read: u64,
}

impl Parts {
    pub(crate) fn new(body: Body, budget: MemoryBudget, patience: Duration) -> Self {
        let left = body.size();
        Self { body, rest: Bytes::new(), budget, patience, left, read: 0 }
    }

    /// How many bytes all parts have had.
    pub(crate) fn read(&self) -> u64 {
        self.read
    }

    /// The next part of `size` bytes, or what is left; `None` at the end. It grows as fast as the budget has room for
    /// what has arrived.
    pub(crate) async fn next(&mut self, size: u64) -> Result<Option<Part>> {
        if !self.has_more().await? {
            return Ok(None);
        }
        let expected = self.left.map_or(size, |left| left.min(size));
        let reservation = self.budget.reserve(expected);
        let expected =
            usize::try_from(expected).map_err(|_| Error::invalid_input("the part does not fit into memory"))?;
        let mut chunks = Collected::default();
        let mut length = 0;
        while length < expected && self.has_more().await? {
            let chunk = self.rest.split_to(self.rest.len().min(expected - length));
            length += chunk.len();
            reservation.grow_to(length as u64).await;
            chunks.push(chunk);
        }
        reservation.finalize(length as u64);
        self.read += length as u64;
        self.left = self.left.map(|left| left.saturating_sub(length as u64));
        Ok(Some(Part { chunks: chunks.finish(), _reservation: reservation }))
    }

    /// Whether the body goes on; its next bytes are then in `rest`.
    pub(crate) async fn has_more(&mut self) -> Result<bool> {
        while self.rest.is_empty() {
            match tokio::time::timeout(self.patience, self.body.next()).await {
                Ok(Some(chunk)) => self.rest = chunk?,
                Ok(None) => return self.at_end().map(|()| false),
                Err(_) => {
                    let message = format!("the body of the upload made no progress for {:?}", self.patience);
                    return Err(Error::new(ErrorKind::Timeout, message));
                }
            }
        }
        if self.left == Some(0) {
            return Err(Error::new(ErrorKind::BrokenBody, "the body is longer than its announced size"));
        }
        Ok(true)
    }

    fn at_end(&self) -> Result<()> {
        match self.left {
            Some(left) if left > 0 => Err(Error::new(
                ErrorKind::BrokenBody,
                format!("the body is {left} bytes shorter than its announced size"),
            )),
            _ => Ok(()),
        }
    }
}

/// Chunks of a part: large ones as they are, small ones joined, so that a part is never thousands of them.
#[derive(Default)]
struct Collected {
    chunks: Vec<Bytes>,
    small: Vec<u8>,
}

impl Collected {
    fn push(&mut self, chunk: Bytes) {
        if chunk.len() >= SMALL_CHUNK {
            self.flush();
            self.chunks.push(chunk);
            return;
        }
        self.small.extend_from_slice(&chunk);
        if self.small.len() >= SMALL_CHUNK {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.small.is_empty() {
            self.chunks.push(std::mem::take(&mut self.small).into());
        }
    }

    fn finish(mut self) -> Vec<Bytes> {
        self.flush();
        self.chunks
    }
}

#[cfg(test)]
mod tests {
    use longshore_provider::futures::{FutureExt, stream};

    use super::*;

    fn parts(chunks: &[usize], size: Option<u64>) -> Parts {
        let chunks: Vec<_> = chunks.iter().map(|length| Ok(Bytes::from(vec![1; *length]))).collect();
        let body = Body::from_stream(stream::iter(chunks), size);
        Parts::new(body, shared_budget(128 * MIB), Duration::from_secs(30))
    }

    #[tokio::test]
    async fn chunks_of_any_size_make_parts_of_one_size() {
        for chunks in [&[10, 10, 10, 5][..], &[35], &[1, 33, 1], &[7, 7, 7, 7, 7]] {
            for size in [None, Some(35)] {
                let mut parts = parts(chunks, size);
                let mut lengths = Vec::new();
                while let Some(part) = parts.next(10).await.unwrap() {
                    lengths.push(part.chunks.iter().map(Bytes::len).sum::<usize>());
                }
                assert_eq!(lengths, [10, 10, 10, 5], "{chunks:?}");
                assert_eq!(parts.read(), 35);
            }
        }
    }

    #[tokio::test]
    async fn a_part_within_one_chunk_is_not_copied() {
        let bytes = Bytes::from(vec![1; 2 * SMALL_CHUNK]);
        let mut parts = Parts::new(Body::from(bytes.clone()), shared_budget(128 * MIB), Duration::from_secs(30));
        let part = parts.next(SMALL_CHUNK as u64).await.unwrap().unwrap();
        assert_eq!(part.chunks[0].as_ptr(), bytes.as_ptr());
    }

    #[tokio::test]
    async fn slow_bodies_hold_no_more_than_has_arrived() {
        let budget = MemoryBudget::new(16 * MIB);
        let begun = || {
            let first = stream::iter([Ok(Bytes::from_static(b"x"))]);
            let body = Body::from_stream(longshore_provider::futures::StreamExt::chain(first, stream::pending()), None);
            Parts::new(body, budget.clone(), Duration::from_secs(30))
        };
        let mut slow: Vec<_> = (0..32).map(|_| begun()).collect();
        let mut waiting: Vec<_> = slow.iter_mut().map(|parts| Box::pin(parts.next(8 * MIB))).collect();
        for part in &mut waiting {
            assert!(part.now_or_never().is_none(), "it never ends");
        }
        let body = Body::from_stream(stream::iter([Ok(Bytes::from(vec![1; 100_000]))]), None);
        let mut small = Parts::new(body, budget.clone(), Duration::from_secs(30));
        let part = small.next(8 * MIB).now_or_never().expect("there is room").unwrap();
        assert!(part.is_some());
    }

    #[tokio::test]
    async fn a_body_without_progress_times_out() {
        let body = Body::from_stream(stream::pending(), None);
        let mut parts = Parts::new(body, shared_budget(128 * MIB), Duration::from_millis(10));
        assert_eq!(parts.next(10).await.unwrap_err().kind(), ErrorKind::Timeout);
    }

    #[test]
    fn parts_are_never_more_than_the_service_takes() {
        let configured = 8 * MIB;
        assert_eq!(size_of(0, configured, Some(1024 * MIB)), configured);
        let five_tib = 5 * 1024 * 1024 * MIB;
        let size = size_of(0, configured, Some(five_tib));
        assert!(five_tib.div_ceil(size) <= MOST_PARTS && size.is_multiple_of(MIB));
        let unknown: u64 = (0..MOST_PARTS).map(|number| size_of(number, 5 * MIB, None)).sum();
        assert!(unknown >= 300_000 * MIB);
        assert_eq!(size_of(2_000, configured, None), 2 * configured);
    }
}
