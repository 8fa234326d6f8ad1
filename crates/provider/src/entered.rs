//! A stream that is polled and dropped within the runtime of the side that made it.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::Stream;
use longshore_provider_abi::v1::{ByteSource, WireError};
use tokio::runtime::Handle;

use crate::{Result, current_call::Label, guard, logging::Scope, wire};

/// The number of empty chunks in a row that are skipped before other tasks run. A stream may yield them without end.
const MOST_EMPTY: usize = 32;

/// The source of a stream that crosses the boundary. The other side polls it on threads outside of this side's runtime.
pub(crate) struct Entered {
    runtime: Option<Handle>,
    scope: Scope,
    /// The call that made the stream.
    label: Option<Label>,
    stream: Option<Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>>,
}

impl Entered {
    pub(crate) fn new(stream: Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>) -> Self {
        Self { runtime: Handle::try_current().ok(), scope: Scope::here(), label: Label::here(), stream: Some(stream) }
    }

    fn within<T>(
        &mut self,
        work: impl FnOnce(&mut Option<Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>>) -> T,
    ) -> T {
        let _entered = self.runtime.as_ref().map(Handle::enter);
        let _inside = self.scope.enter();
        let _labelled = self.label.map(Label::enter);
        work(&mut self.stream)
    }
}

impl ByteSource for Entered {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, WireError>>> {
        self.within(|slot| {
            let Some(stream) = slot else { return Poll::Ready(None) };
            let polled = guard::catch(|| {
                for _ in 0..MOST_EMPTY {
                    match stream.as_mut().poll_next(context) {
                        // The other side receives no empty chunks.
                        Poll::Ready(Some(Ok(chunk))) if chunk.is_empty() => {}
                        other => return other,
                    }
                }
                context.waker().wake_by_ref();
                Poll::Pending
            });
            match polled {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(Some(Ok(chunk)))) => Poll::Ready(Some(Ok(chunk))),
                Ok(Poll::Ready(Some(Err(error)))) | Err(error) => {
                    guard::drop_quietly(slot.take());
                    Poll::Ready(Some(Err(wire::error_to(&error))))
                }
                Ok(Poll::Ready(None)) => {
                    guard::drop_quietly(slot.take());
                    Poll::Ready(None)
                }
            }
        })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.within(|slot| guard::drop_quietly(slot.take()));
    }
}
