//! A stream of chunks that is pulled across the boundary.

use std::{
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    task::{Context, Poll},
};

use abi_stable::{StableAbi, std_types::RVec};
use async_ffi::{ContextExt, FfiContext, FfiPoll};
use bytes::Bytes;

use super::{WireBytes, WireError};

/// Where chunks come from, on the side that owns them. Implementations must not panic: wrap the unwind boundary of the
/// interface crate around author code. (A panic that gets here all the same becomes a bare error.)
pub trait ByteSource: Send {
    /// The next chunk; `None` at the end. Not polled again after the end or an error.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, WireError>>>;
}

/// A stream of chunks that the receiver pulls. Dropping it stops the owner.
///
/// Each chunk costs two allocations: the owner's box and the receiver's.
#[repr(C)]
#[derive(StableAbi)]
pub struct WireStream {
    source: *mut (),
    poll: unsafe extern "C" fn(source: *mut (), context: &mut FfiContext<'_>) -> FfiPoll<WireChunk>,
    release: unsafe extern "C" fn(source: *mut ()),
    /// How many bytes will come; `u64::MAX` if that is not known.
    size: u64,
}

/// One answer of a stream.
#[repr(C)]
#[derive(StableAbi)]
pub struct WireChunk {
    /// [`WireChunk::END`] or [`WireChunk::BYTES`]; at most one `failure` otherwise.
    kind: u8,
    bytes: WireBytes,
    failure: RVec<WireError>,
}

impl WireChunk {
    const END: u8 = 0;
    const BYTES: u8 = 1;
    const FAILURE: u8 = 2;
}

// SAFETY: the source is a boxed `ByteSource`, which is Send; only `&mut self` reaches it.
#[expect(unsafe_code, reason = "a raw pointer to the source")]
unsafe impl Send for WireStream {}

impl WireStream {
    /// Makes a stream of `source`. `size` is the number of bytes that will come, if that is known.
    pub fn new<S: ByteSource + 'static>(source: S, size: Option<u64>) -> Self {
        Self {
            source: Box::into_raw(Box::new(source)).cast(),
            poll: poll_source::<S>,
            release: release_source::<S>,
            size: size.unwrap_or(u64::MAX),
        }
    }

    /// How many bytes will come, if that is known.
    pub fn size(&self) -> Option<u64> {
        (self.size != u64::MAX).then_some(self.size)
    }

    /// Pulls the next chunk; `None` at the end.
    #[expect(unsafe_code, reason = "calls the owner's own function")]
    pub fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, WireError>>> {
        let this = self.get_mut();
        // SAFETY: `source` and `poll` were made for each other, in a library that is never unloaded; `source` lives
        // until `drop`, and `&mut self` makes this the only call at this moment.
        let polled = context.with_ffi_context(|context| unsafe { (this.poll)(this.source, context) });
        match polled {
            FfiPoll::Pending => Poll::Pending,
            FfiPoll::Panicked => Poll::Ready(Some(Err(WireError::panicked()))),
            FfiPoll::Ready(mut chunk) => Poll::Ready(match chunk.kind {
                WireChunk::END => None,
                WireChunk::BYTES => Some(Ok(chunk.bytes.into())),
                _ => Some(Err(chunk.failure.pop().unwrap_or_else(WireError::panicked))),
            }),
        }
    }
}

impl Default for WireStream {
    /// A stream of nothing.
    fn default() -> Self {
        /// Ends at once.
        struct Nothing;

        impl ByteSource for Nothing {
            fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, WireError>>> {
                Poll::Ready(None)
            }
        }

        Self::new(Nothing, Some(0))
    }
}

impl Drop for WireStream {
    #[expect(unsafe_code, reason = "calls the owner's own function")]
    fn drop(&mut self) {
        // SAFETY: as in `poll_next`; this is the only call, as `WireStream` is neither Clone nor Copy.
        unsafe { (self.release)(self.source) }
    }
}

/// # Safety
///
/// `source` is the box of an `S` that [`WireStream::new`] made, and no other code uses it during the call.
#[expect(unsafe_code, reason = "the source is behind a raw pointer")]
unsafe extern "C" fn poll_source<S: ByteSource>(source: *mut (), context: &mut FfiContext<'_>) -> FfiPoll<WireChunk> {
    // SAFETY: by this function's contract.
    let source = unsafe { &mut *source.cast::<S>() };
    let polled = panic::catch_unwind(AssertUnwindSafe(|| context.with_context(|context| source.poll_next(context))));
    let (kind, bytes, failure) = match polled {
        Ok(Poll::Pending) => return FfiPoll::Pending,
        Ok(Poll::Ready(None)) => (WireChunk::END, WireBytes::empty(), RVec::new()),
        Ok(Poll::Ready(Some(Ok(bytes)))) => (WireChunk::BYTES, bytes.into(), RVec::new()),
        Ok(Poll::Ready(Some(Err(error)))) => (WireChunk::FAILURE, WireBytes::empty(), RVec::from(vec![error])),
        Err(payload) => {
            crate::forget_payload(payload);
            return FfiPoll::Panicked;
        }
    };
    FfiPoll::Ready(WireChunk { kind, bytes, failure })
}

/// # Safety
///
/// `source` is the box of an `S` that [`WireStream::new`] made, and is not used again.
#[expect(unsafe_code, reason = "takes the box back")]
unsafe extern "C" fn release_source<S: ByteSource>(source: *mut ()) {
    // SAFETY: by this function's contract; the box was made by this very library, with its allocator.
    let source = unsafe { Box::from_raw(source.cast::<S>()) };
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| drop(source))) {
        crate::forget_payload(payload);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Yields the scripted results, then panics. Its drop panics too.
    struct Script(Vec<Option<Result<Bytes, WireError>>>);

    impl ByteSource for Script {
        fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, WireError>>> {
            assert!(!self.0.is_empty(), "the script is over");
            Poll::Ready(self.0.remove(0))
        }
    }

    impl Drop for Script {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "a source's drop panics");
        }
    }

    fn pull(stream: &mut WireStream) -> Poll<Option<Result<Bytes, WireError>>> {
        Pin::new(stream).poll_next(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn what_a_source_says_arrives_and_its_panics_do_not() {
        let failure = WireError { kind: 9, ..WireError::panicked() };
        let mut stream =
            WireStream::new(Script(vec![Some(Ok(Bytes::from_static(b"ab"))), Some(Err(failure)), None]), Some(2));
        assert_eq!(stream.size(), Some(2));
        assert!(matches!(pull(&mut stream), Poll::Ready(Some(Ok(bytes))) if bytes == "ab"));
        assert!(matches!(pull(&mut stream), Poll::Ready(Some(Err(error))) if error.kind == 9));
        assert!(matches!(pull(&mut stream), Poll::Ready(None)));
        assert!(matches!(pull(&mut stream), Poll::Ready(Some(Err(error))) if error.kind == WireError::PANIC));
    }

    #[test]
    fn a_stream_of_nothing_ends_at_once() {
        assert!(matches!(pull(&mut WireStream::default()), Poll::Ready(None)));
    }
}
