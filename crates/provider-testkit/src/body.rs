//! Bodies as a host sends them: also the host that fails, stalls, panics, or lies.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use longshore_provider::{
    Body, Bytes, Error, ErrorKind, Result,
    futures::{StreamExt, stream},
};
use tokio::{sync::Notify, time::sleep};

/// How the texts of errors and panics end that a case makes itself.
pub(crate) const WANTED: &str = "as the case wants it";

/// How a body is sent: providers store small and large ones in different ways, and those of unknown length in a third.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// For findings: what it is.
    pub(crate) what: &'static str,
    /// Bytes of all of it.
    pub(crate) size: usize,
    /// Bytes of a chunk.
    pub(crate) chunk: usize,
    /// Whether its length is told.
    pub(crate) known: bool,
}

/// More than what services take in one request: providers send such a body in parts.
pub(crate) const LARGE: usize = 12 << 20;
/// The chunks that it comes in.
pub(crate) const LARGE_CHUNK: usize = 256 * 1024;

/// All of them.
pub(crate) const SHAPES: [Shape; 4] = [
    Shape { what: "a small body", size: 5000, chunk: 1000, known: true },
    Shape { what: "a small body of unknown length", size: 5000, chunk: 1000, known: false },
    Shape { what: "a body of 12 MiB", size: LARGE, chunk: LARGE_CHUNK, known: true },
    Shape { what: "a body of 12 MiB of unknown length", size: LARGE, chunk: LARGE_CHUNK, known: false },
];

impl Shape {
    /// How many chunks it has.
    pub(crate) fn chunks(self) -> usize {
        self.size.div_ceil(self.chunk)
    }

    /// Whether it is sent in parts.
    pub(crate) fn is_large(self) -> bool {
        self.size >= LARGE
    }

    /// Whether a provider may answer this to it: other cases are about what a provider does not take.
    pub(crate) fn may_be_refused_as(self, kind: ErrorKind) -> bool {
        (self.is_large() && kind == ErrorKind::TooLarge) || (!self.known && kind == ErrorKind::Unsupported)
    }

    /// `body`, which says its length, as this one is sent.
    pub(crate) fn sent(self, body: Body) -> Body {
        if self.known { body } else { Body::from_stream(body, None) }
    }
}

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

/// `bytes`; says when all of it was taken and its end was asked for.
pub(crate) fn ending(bytes: &Bytes, size: usize, end: Arc<Notify>) -> Body {
    let chunks = pieces(bytes, size).collect::<Vec<_>>().into_iter();
    let chunks = stream::unfold((chunks, end), |(mut chunks, end)| async move {
        let Some(chunk) = chunks.next() else {
            end.notify_one();
            return None;
        };
        Some((Ok(chunk), (chunks, end)))
    });
    Body::from_stream(chunks, Some(bytes.len() as u64))
}

/// Drives `call` until its body was asked for a chunk `times` times, or it ended; then drops it.
pub(crate) async fn until_asked<T>(call: impl Future<Output = T>, asked: &AtomicUsize, times: usize) {
    let patience = Instant::now() + Duration::from_secs(10);
    let asked = async {
        while asked.load(Ordering::SeqCst) < times && Instant::now() < patience {
            sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = call => {}
        () = asked => {}
    }
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
