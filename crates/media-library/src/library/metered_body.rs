//! A body on its way to the provider: counts its bytes, enforces the limit, computes the checksum, and can be cancelled.

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

use super::size_limit::SizeLimit;

/// A fault of a body that the provider is not to blame for.
pub(super) enum BodyFault {
    /// The body is larger than the size limit.
    OverTheLimit,
    /// The source of the body broke off.
    Broken(ProviderError),
}

/// The progress of a metered body.
#[derive(Clone)]
pub(super) struct BodyMeter {
    state: Arc<State>,
}

struct State {
    progress: Mutex<Progress>,
    moved: Notify,
}

struct Progress {
    bytes: u64,
    sum: Digest,
    fault: Option<BodyFault>,
    /// The source has ended or broken off.
    ended: bool,
    /// The reader has seen the end.
    end_seen: bool,
    /// The number of bytes, if the reader knows it.
    size: Option<u64>,
    last: Instant,
}

/// The rules of a body.
pub(super) struct BodyRules {
    pub(super) limit: SizeLimit,
    /// Breaks the body off.
    pub(super) cancel: CancellationToken,
    /// The body ends only after this was cancelled: until then the provider completes nothing.
    pub(super) release: Option<CancellationToken>,
}

/// A metered body of `beginning` and `rest`, and its meter.
pub(super) fn metered(beginning: Bytes, rest: Body, size: Option<u64>, rules: BodyRules) -> (Body, BodyMeter) {
    let progress = Progress {
        bytes: 0,
        sum: Digest::new(CrcAlgorithm::Crc64Nvme),
        fault: None,
        ended: false,
        end_seen: false,
        size,
        last: Instant::now(),
    };
    let state = Arc::new(State { progress: Mutex::new(progress), moved: Notify::new() });
    let body = MeteredBody {
        beginning: Some(beginning).filter(|bytes| !bytes.is_empty()),
        rest,
        limit: rules.limit,
        cancelled: Box::pin(rules.cancel.cancelled_owned()),
        released: rules.release.map(|token| Box::pin(token.cancelled_owned())),
        state: state.clone(),
        over: false,
    };
    (Body::from_stream(body, size), BodyMeter { state })
}

/// The checksum of bytes that are there.
pub(super) fn checksum(bytes: &[u8]) -> String {
    written(crc_fast::checksum(CrcAlgorithm::Crc64Nvme, bytes))
}

impl BodyMeter {
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

    /// Whether the body was cut off before its reader saw its end: then the provider has not got all of it.
    pub(super) fn is_cut_off(&self) -> bool {
        let progress = self.state.progress();
        match progress.fault {
            // The reader sees the end of a body of known size without a poll.
            None => !progress.end_seen && progress.size.is_none(),
            Some(BodyFault::OverTheLimit) => true,
            // A provider that got every byte of a body of known size may have sent them all.
            Some(BodyFault::Broken(_)) => progress.size != Some(progress.bytes),
        }
    }

    /// Takes the fault of the body.
    pub(super) fn take_fault(&self) -> Option<BodyFault> {
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

struct MeteredBody {
    beginning: Option<Bytes>,
    rest: Body,
    limit: SizeLimit,
    cancelled: Pin<Box<WaitForCancellationFutureOwned>>,
    released: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    state: Arc<State>,
    over: bool,
}

impl MeteredBody {
    fn admit(&self, chunk: &Bytes) -> ProviderResult<()> {
        let mut progress = self.state.progress();
        progress.bytes += chunk.len() as u64;
        progress.last = Instant::now();
        if !self.limit.allows(progress.bytes) {
            progress.fault = Some(BodyFault::OverTheLimit);
            return Err(ProviderError::new(ErrorKind::TooLarge, "the file is larger than the limit"));
        }
        progress.sum.update(chunk);
        Ok(())
    }

    fn end(&mut self, fault: Option<BodyFault>) {
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
        self.end(Some(BodyFault::Broken(error.clone())));
        Poll::Ready(Some(Err(error)))
    }
}

impl Stream for MeteredBody {
    type Item = ProviderResult<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.state.progress().end_seen {
            return Poll::Ready(None);
        }
        if self.cancelled.as_mut().poll(context).is_ready() {
            return self.fail(ProviderError::new(ErrorKind::Cancelled, "the request was dropped"));
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
        self.state.progress().end_seen = true;
        Poll::Ready(None)
    }
}

/// The checksum as rows contain it.
pub(super) fn written(sum: u64) -> String {
    format!("crc64nvme:{sum:016x}")
}
