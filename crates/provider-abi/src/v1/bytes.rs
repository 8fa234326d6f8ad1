//! A chunk of bytes that crosses without being copied.

use std::{panic, slice};

use abi_stable::StableAbi;
use bytes::Bytes;

/// Bytes that their maker owns and will free: a pointer, a length, the owner, and how to drop the owner.
///
/// The receiver reads them in place and calls `release` once. `Bytes` itself never crosses: its layout and its
/// vtable belong to one build.
#[repr(C)]
#[derive(StableAbi)]
pub struct WireBytes {
    pointer: *const u8,
    length: usize,
    owner: *mut (),
    release: unsafe extern "C" fn(owner: *mut ()),
}

// SAFETY: the owner is a `Bytes`, which is Send; the other fields are plain data that describe it.
#[expect(unsafe_code, reason = "raw pointers into the owner")]
unsafe impl Send for WireBytes {}
// SAFETY: through a shared reference the bytes can only be read, as with `Bytes`, which is Sync.
#[expect(unsafe_code, reason = "raw pointers into the owner")]
unsafe impl Sync for WireBytes {}

impl WireBytes {
    /// No bytes, no owner, no allocation.
    pub fn empty() -> Self {
        Self { pointer: std::ptr::NonNull::dangling().as_ptr(), length: 0, owner: std::ptr::null_mut(), release: keep }
    }
}

impl From<Bytes> for WireBytes {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() {
            return Self::empty();
        }
        let (pointer, length) = (bytes.as_ptr(), bytes.len());
        Self { pointer, length, owner: Box::into_raw(Box::new(bytes)).cast(), release: release_bytes }
    }
}

impl From<WireBytes> for Bytes {
    fn from(bytes: WireBytes) -> Self {
        if bytes.length == 0 { Self::new() } else { Self::from_owner(bytes) }
    }
}

impl AsRef<[u8]> for WireBytes {
    #[expect(unsafe_code, reason = "the bytes are behind a raw pointer")]
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `pointer` and `length` came from a `Bytes` that `owner` keeps alive until `release` is called,
        // which only `drop` does; the bytes of a `Bytes` do not change or move while it lives.
        unsafe { slice::from_raw_parts(self.pointer, self.length) }
    }
}

impl Drop for WireBytes {
    #[expect(unsafe_code, reason = "calls the owner's own function")]
    fn drop(&mut self) {
        // SAFETY: `owner` and `release` were made for each other, in one library that is never unloaded; this is
        // the only call, as `WireBytes` is neither Clone nor Copy.
        unsafe { (self.release)(self.owner) }
    }
}

/// Nothing is owned, so nothing is freed.
///
/// # Safety
///
/// None is needed: it does nothing.
#[expect(unsafe_code, reason = "has the type of `release`")]
unsafe extern "C" fn keep(_: *mut ()) {}

/// # Safety
///
/// `owner` is the box that [`From<Bytes>`] made, and is not used again.
#[expect(unsafe_code, reason = "takes the box back")]
unsafe extern "C" fn release_bytes(owner: *mut ()) {
    // SAFETY: by this function's contract; the box was made by this very library, with its allocator.
    let bytes = unsafe { Box::from_raw(owner.cast::<Bytes>()) };
    // A `Bytes` may own a value of the author's, whose `Drop` may panic; that must not reach `extern "C"`.
    if let Err(payload) = panic::catch_unwind(panic::AssertUnwindSafe(|| drop(bytes))) {
        crate::forget_payload(payload);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    /// Counts its drops; may panic in them.
    struct Owner {
        drops: Arc<AtomicUsize>,
        panics: bool,
    }

    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            b"owned"
        }
    }

    impl Drop for Owner {
        fn drop(&mut self) {
            self.drops.fetch_add(1, Ordering::SeqCst);
            assert!(!self.panics, "an owner's drop panics");
        }
    }

    #[test]
    fn bytes_cross_twice_without_moving() {
        let bytes = Bytes::from(vec![7; 1000]);
        let there = Bytes::from(WireBytes::from(bytes.clone()));
        let back = Bytes::from(WireBytes::from(there));
        assert_eq!((back.as_ptr(), back.len()), (bytes.as_ptr(), bytes.len()));
    }

    #[test]
    fn no_bytes_have_no_owner() {
        assert!(Bytes::from(WireBytes::from(Bytes::new())).is_empty());
        assert!(WireBytes::empty().as_ref().is_empty());
    }

    #[test]
    fn an_owner_is_dropped_once_and_only_at_the_end() {
        let drops = Arc::new(AtomicUsize::new(0));
        let bytes = Bytes::from_owner(Owner { drops: Arc::clone(&drops), panics: false });
        let there = Bytes::from(WireBytes::from(bytes));
        let part = there.slice(1..3);
        drop(there);
        assert_eq!((drops.load(Ordering::SeqCst), &part[..]), (0, &b"wn"[..]));
        drop(part);
        assert_eq!(drops.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn an_owner_that_panics_when_dropped_does_not_reach_the_other_side() {
        let drops = Arc::new(AtomicUsize::new(0));
        let bytes = Bytes::from_owner(Owner { drops: Arc::clone(&drops), panics: true });
        drop(WireBytes::from(bytes));
        assert_eq!(drops.load(Ordering::SeqCst), 1);
    }
}
