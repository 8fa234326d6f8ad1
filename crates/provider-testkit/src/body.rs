//! Bodies as a host sends them: also the host that fails, stalls, panics, or lies.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use longshore_provider::{
    Body, Bytes, Error, Result,
    futures::{StreamExt, stream},
};
use tokio::time::sleep;

/// How the texts of errors and panics end that a case makes itself.
pub(crate) const WANTED: &str = "as the case wants it";

/// `bytes` in chunks of `size` bytes, whose length is told if `known`.
pub(crate) fn chunked(bytes: &Bytes, size: usize, known: bool) -> Body {
    let chunks: Vec<Result<Bytes>> = pieces(bytes, size).map(Ok).collect();
    Body::from_stream(stream::iter(chunks), known.then_some(bytes.len() as u64))
}

/// `bytes` in small chunks, each after a moment, so that calls overlap.
pub(crate) fn slow(bytes: &Bytes, size: usize, pause: Duration) -> Body {
    let chunks: Vec<Bytes> = pieces(bytes, size).collect();
    let chunks = stream::iter(chunks).then(move |chunk| async move {
        sleep(pause).await;
        Ok(chunk)
    });
    Body::from_stream(chunks, Some(bytes.len() as u64))
}

/// The first `count` chunks of `bytes`, and then `error`.
pub(crate) fn failing(bytes: &Bytes, size: usize, count: usize, error: Error) -> Body {
    let chunks = pieces(bytes, size).take(count).map(Ok);
    let chunks: Vec<Result<Bytes>> = chunks.chain([Err(error)]).collect();
    Body::from_stream(stream::iter(chunks), Some(bytes.len() as u64))
}

/// The first `count` chunks of `bytes`, and then a panic.
pub(crate) fn panicking(bytes: &Bytes, size: usize, count: usize) -> Body {
    let chunks: Vec<Bytes> = pieces(bytes, size).take(count).collect();
    let chunks = stream::iter(0..=count).map(move |index| match chunks.get(index) {
        Some(chunk) => Ok(chunk.clone()),
        None => panic!("the host's stream panics, {WANTED}"),
    });
    Body::from_stream(chunks, Some(bytes.len() as u64))
}

/// `bytes`, of which `size` were announced.
pub(crate) fn lying(bytes: &Bytes, chunk: usize, size: u64) -> Body {
    let chunks: Vec<Result<Bytes>> = pieces(bytes, chunk).map(Ok).collect();
    Body::from_stream(stream::iter(chunks), Some(size))
}

/// The first `count` chunks of `bytes`, and then nothing for ever. Tells through `pulled` how often it was asked.
pub(crate) fn stalling(bytes: &Bytes, size: usize, count: usize, pulled: Arc<AtomicUsize>) -> Body {
    let chunks: Vec<Bytes> = pieces(bytes, size).take(count).collect();
    let chunks = stream::unfold(chunks.into_iter(), move |mut chunks| {
        pulled.fetch_add(1, Ordering::SeqCst);
        async move {
            match chunks.next() {
                Some(chunk) => Some((Ok(chunk), chunks)),
                None => std::future::pending().await,
            }
        }
    });
    Body::from_stream(chunks, Some(bytes.len() as u64))
}

/// `bytes`, holding on to `owner` as long as the stream or a chunk of it lives.
pub(crate) fn owned(bytes: &Bytes, size: usize, owner: &Arc<()>) -> Body {
    let chunks: Vec<Result<Bytes>> =
        pieces(bytes, size).map(|chunk| Ok(Bytes::from_owner(Owned { chunk, _owner: Arc::clone(owner) }))).collect();
    let owner = Arc::clone(owner);
    let chunks = stream::iter(chunks).map(move |chunk| {
        let _ = &owner;
        chunk
    });
    Body::from_stream(chunks, Some(bytes.len() as u64))
}

/// `count` chunks that are made when they are asked for; their length is not told.
pub(crate) fn made(count: usize, size: usize) -> Body {
    let chunks = stream::iter(0..count).map(move |number| {
        let byte = u8::try_from(number % 251).unwrap_or(0);
        Ok(Bytes::from(vec![byte; size]))
    });
    Body::from_stream(chunks, None)
}

struct Owned {
    chunk: Bytes,
    _owner: Arc<()>,
}

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.chunk
    }
}

fn pieces(bytes: &Bytes, size: usize) -> impl Iterator<Item = Bytes> {
    let bytes = bytes.clone();
    (0..bytes.len()).step_by(size.max(1)).map(move |start| bytes.slice(start..bytes.len().min(start + size)))
}
