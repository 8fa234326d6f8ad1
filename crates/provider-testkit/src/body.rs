//! Request bodies for the cases, including bodies that fail, stall, panic, or misstate their length.

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

/// Suffix of the errors and panics that a case raises on purpose. It distinguishes them from the provider's own.
pub(crate) const WANTED: &str = "as the case wants it";

/// The size and chunks of a body. Providers store small and large bodies in different ways, and bodies of unknown
/// length in a third way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// The description of the body in findings.
    pub(crate) what: &'static str,
    /// The size of the body in bytes.
    pub(crate) size: usize,
    /// The size of each chunk in bytes.
    pub(crate) chunk: usize,
    /// Whether the body announces its length.
    pub(crate) known: bool,
}

/// Larger than services accept in one request, which makes providers send the body in parts.
pub(crate) const LARGE: usize = 12 << 20;
/// The chunk size of a [`LARGE`] body.
pub(crate) const LARGE_CHUNK: usize = 256 * 1024;

/// Every combination of size and known or unknown length.
pub(crate) const SHAPES: [Shape; 4] = [
    Shape { what: "a small body", size: 5000, chunk: 1000, known: true },
    Shape { what: "a small body of unknown length", size: 5000, chunk: 1000, known: false },
    Shape { what: "a body of 12 MiB", size: LARGE, chunk: LARGE_CHUNK, known: true },
    Shape { what: "a body of 12 MiB of unknown length", size: LARGE, chunk: LARGE_CHUNK, known: false },
];

impl Shape {
    /// The number of chunks.
    pub(crate) fn chunks(self) -> usize {
        self.size.div_ceil(self.chunk)
    }

    /// Whether providers send the body in parts.
    pub(crate) fn is_large(self) -> bool {
        self.size >= LARGE
    }

    /// Whether a provider may refuse the body with this kind of error. Other cases check which bodies a provider must
    /// accept.
    pub(crate) fn may_be_refused_as(self, kind: ErrorKind) -> bool {
        (self.is_large() && kind == ErrorKind::TooLarge) || (!self.known && kind == ErrorKind::Unsupported)
    }

    /// `body`, without its length if this shape has an unknown length.
    pub(crate) fn sent(self, body: Body) -> Body {
        if self.known { body } else { Body::from_stream(body, None) }
    }
}

/// `bytes` in chunks of `size` bytes. The body announces its length if `known`.
pub(crate) fn chunked(bytes: &Bytes, size: usize, known: bool) -> Body {
    let chunks: Vec<Result<Bytes>> = pieces(bytes, size).map(Ok).collect();
    Body::from_stream(stream::iter(chunks), known.then_some(bytes.len() as u64))
}

/// `bytes` in small chunks with a pause before each chunk, which makes calls overlap.
pub(crate) fn slow(bytes: &Bytes, size: usize, pause: Duration) -> Body {
    let chunks: Vec<Bytes> = pieces(bytes, size).collect();
    let chunks = stream::iter(chunks).then(move |chunk| async move {
        sleep(pause).await;
        Ok(chunk)
    });
    Body::from_stream(chunks, Some(bytes.len() as u64))
}

/// The first `count` chunks of `bytes`, followed by `error`.
pub(crate) fn failing(bytes: &Bytes, size: usize, count: usize, error: Error) -> Body {
    let chunks = pieces(bytes, size).take(count).map(Ok);
    let chunks: Vec<Result<Bytes>> = chunks.chain([Err(error)]).collect();
    Body::from_stream(stream::iter(chunks), Some(bytes.len() as u64))
}

/// The first `count` chunks of `bytes`, followed by a panic.
pub(crate) fn panicking(bytes: &Bytes, size: usize, count: usize) -> Body {
    let chunks: Vec<Bytes> = pieces(bytes, size).take(count).collect();
    let chunks = stream::iter(0..=count).map(move |index| match chunks.get(index) {
        Some(chunk) => Ok(chunk.clone()),
        None => panic!("the host's stream panics, {WANTED}"),
    });
    Body::from_stream(chunks, Some(bytes.len() as u64))
}

/// All of `bytes`, with an announced length of `size`.
pub(crate) fn lying(bytes: &Bytes, chunk: usize, size: u64) -> Body {
    let chunks: Vec<Result<Bytes>> = pieces(bytes, chunk).map(Ok).collect();
    Body::from_stream(stream::iter(chunks), Some(size))
}

/// The first `count` chunks of `bytes`. The stream then stays pending forever. `pulled` counts how often the provider
/// requested a chunk.
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

/// All of `bytes`. Notifies `end` when the provider has taken every chunk and polls for the end of the body.
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

/// Drives `call` until its body was polled for a chunk `times` times, or until `call` completes, and then drops it.
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

/// `bytes` in chunks that share ownership of `owner`: `owner` lives as long as the stream or any of its chunks.
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

/// `count` chunks, each created when it is requested. The body has no announced length.
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
