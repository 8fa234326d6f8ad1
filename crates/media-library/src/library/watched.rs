//! A body on its way to the provider: counted, held to the limit, summed up, and cut off when nobody wants it.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest};
use futures::{Stream, StreamExt};
use longshore_provider::{Body, Error as ProviderError, ErrorKind, Result as ProviderResult};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// What is wrong with a body, on our side of the provider.
pub(super) enum Fault {
    /// It has more bytes than a file may have.
    OverTheLimit,
    /// Its source broke.
    Broken(ProviderError),
}

/// How far a body has come.
#[derive(Clone)]
pub(super) struct Watch {
    state: Arc<State>,
}

struct State {
    progress: Mutex<Progress>,
    moved: Notify,
}

struct Progress {
    bytes: u64,
    sum: Digest,
    fault: Option<Fault>,
    /// There are no more bytes.
    ended: bool,
    /// Whoever reads it knows that.
    told: bool,
    /// How many there are, if whoever reads it knows that.
    size: Option<u64>,
    last: Instant,
}

/// How a body is watched.
pub(super) struct Rules {
    /// The most bytes; 0 is any number.
    pub(super) limit: u64,
    /// Breaks the body off.
    pub(super) cancel: CancellationToken,
    /// The end is told only when this is set off: until then nothing that was sent is final.
    pub(super) release: Option<CancellationToken>,
}

/// `beginning` and `rest`, watched.
pub(super) fn watched(beginning: Bytes, rest: Body, size: Option<u64>, rules: Rules) -> (Body, Watch) {
    let progress = Progress {
        bytes: 0,
        sum: Digest::new(CrcAlgorithm::Crc64Nvme),
        fault: None,
        ended: false,
        told: false,
        size,
        last: Instant::now(),
    };
    let state = Arc::new(State { progress: Mutex::new(progress), moved: Notify::new() });
    let body = Watched {
        beginning: Some(beginning).filter(|bytes| !bytes.is_empty()),
        rest,
        limit: rules.limit,
        cancelled: Box::pin(rules.cancel.cancelled_owned()),
        released: rules.release.map(|token| Box::pin(token.cancelled_owned())),
        state: state.clone(),
        over: false,
    };
    (Body::from_stream(body, size), Watch { state })
}

/// The checksum of bytes that are there.
pub(super) fn checksum(bytes: &[u8]) -> String {
    written(crc_fast::checksum(CrcAlgorithm::Crc64Nvme, bytes))
}

impl Watch {
    /// Resolves when the last byte was read, or the body broke.
    pub(super) async fn ended(&self) {
        loop {
            let moved = self.state.moved.notified();
            if self.state.progress().ended {
                return;
            }
            moved.await;
        }
    }

    /// Resolves when nothing has been read for `limit`.
    pub(super) async fn stalled(&self, limit: Duration) {
        loop {
            let last = self.state.progress().last;
            if last.elapsed() >= limit {
                return;
            }
            tokio::time::sleep_until(last + limit).await;
        }
    }

    /// Whether it was cut off before its end was told: then nobody has got all of it.
    pub(super) fn is_cut_off(&self) -> bool {
        let progress = self.state.progress();
        match progress.fault {
            // The end of a body of a known size can be seen without being told.
            None => !progress.told && progress.size.is_none(),
            Some(Fault::OverTheLimit) => true,
            // Whoever has got every byte of one may have sent them all before it was taken back.
            Some(Fault::Broken(_)) => progress.size != Some(progress.bytes),
        }
    }

    /// What was wrong with it.
    pub(super) fn take_fault(&self) -> Option<Fault> {
        self.state.progress().fault.take()
    }

    /// Its size and checksum, if it was read to its end.
    pub(super) fn sum(&self) -> Option<(u64, String)> {
        let progress = self.state.progress();
        progress.ended.then(|| (progress.bytes, written(progress.sum.finalize())))
    }
}

impl State {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Watched {
    beginning: Option<Bytes>,
    rest: Body,
    limit: u64,
    cancelled: Pin<Box<WaitForCancellationFutureOwned>>,
    released: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    state: Arc<State>,
    over: bool,
}

impl Watched {
    fn admit(&self, chunk: &Bytes) -> ProviderResult<()> {
        let mut progress = self.state.progress();
        progress.bytes += chunk.len() as u64;
        progress.last = Instant::now();
        if self.limit > 0 && progress.bytes > self.limit {
            progress.fault = Some(Fault::OverTheLimit);
            return Err(ProviderError::new(ErrorKind::TooLarge, "the file is larger than the limit"));
        }
        progress.sum.update(chunk);
        Ok(())
    }

    fn end(&mut self, fault: Option<Fault>) {
        self.over = true;
        let mut progress = self.state.progress();
        progress.ended = true;
        if fault.is_some() {
            progress.fault = fault;
        }
        drop(progress);
        self.state.moved.notify_waiters();
    }

    fn fail(&mut self, error: ProviderError) -> Poll<Option<ProviderResult<Bytes>>> {
        self.end(Some(Fault::Broken(error.clone())));
        Poll::Ready(Some(Err(error)))
    }
}

impl Stream for Watched {
    type Item = ProviderResult<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.state.progress().told {
            return Poll::Ready(None);
        }
        if self.cancelled.as_mut().poll(context).is_ready() {
            return self.fail(ProviderError::new(ErrorKind::Cancelled, "nobody wants the file any longer"));
        }
        if !self.over {
            let next = match self.beginning.take() {
                Some(beginning) => Some(Ok(beginning)),
                None => ready!(self.rest.poll_next_unpin(context)),
            };
            match next {
                Some(Ok(chunk)) => {
                    let taken = self.admit(&chunk);
                    if taken.is_err() {
                        self.end(None);
                    }
                    return Poll::Ready(Some(taken.map(|()| chunk)));
                }
                Some(Err(error)) => return self.fail(error),
                None => self.end(None),
            }
        }
        if let Some(released) = &mut self.released {
            ready!(released.as_mut().poll(context));
        }
        self.state.progress().told = true;
        Poll::Ready(None)
    }
}

fn written(sum: u64) -> String {
    format!("crc64nvme:{sum:016x}")
}
