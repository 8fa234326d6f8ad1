//! Spans of libraries, and the host's spans that contain them.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use longshore_provider::host::catch;
use longshore_provider_abi::v1::WireScope;
use tracing::{Dispatch, Id, dispatcher::get_default};

/// The largest number of open spans of a library. A library that never closes its spans gets no more of them.
const MOST_OPEN: usize = 16 * 1024;

/// Marks the numbers of spans that are not emitted.
const UNKNOWN: u64 = 1 << 62;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// How many spans of a library are open.
pub(super) struct Count(AtomicUsize);

impl Count {
    pub(super) fn none() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Returns the number of a new span, if there is room for it. A caller that does not use the number must call
    /// [`ended`](Self::ended).
    pub(super) fn number(&self) -> Option<u64> {
        if self.0.fetch_add(1, Ordering::Relaxed) < MOST_OPEN {
            return Some(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        self.ended();
        None
    }

    /// Records that a span is closed.
    pub(super) fn ended(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Returns a new number for a span that is not emitted.
pub(super) fn unknown() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed) | UNKNOWN
}

/// Whether the span with that number is emitted.
pub(super) fn is_known(number: u64) -> bool {
    number != 0 && number & UNKNOWN == 0
}

/// The parent of a span or an event.
pub(super) struct Parent {
    /// The library's span.
    pub(super) span: u64,
    /// The host's span of the call, kept open until the record has been emitted.
    pub(super) call: Option<Open>,
}

impl Parent {
    pub(super) fn of(scope: WireScope) -> Self {
        Self { span: scope.span, call: Open::still(scope.call) }
    }
}

/// A reference to a span of the host's subscriber.
pub(super) struct Open {
    pub(super) dispatch: Dispatch,
    pub(super) id: Id,
}

impl Open {
    /// Returns the host's span with that number, if it is still open. A record that a library logs after the end of a
    /// call belongs to no call.
    fn still(number: u64) -> Option<Self> {
        if number == 0 {
            return None;
        }
        let id = Id::from_u64(number);
        // A registry panics on the number of a closed span.
        let open = catch(|| get_default(|dispatch| Self { id: dispatch.clone_span(&id), dispatch: dispatch.clone() }));
        open.ok()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let _ = catch(|| self.dispatch.try_close(self.id.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_library_has_only_so_many_spans() {
        let (many, few) = (Count::none(), Count::none());
        let numbers: Vec<u64> = std::iter::from_fn(|| many.number()).take(2 * MOST_OPEN).collect();
        assert_eq!(numbers.len(), MOST_OPEN);
        assert!(numbers.iter().all(|number| is_known(*number)));
        assert!(!is_known(unknown()) && !is_known(0));
        let other = few.number().expect("another library has room of its own");
        assert!(!numbers.contains(&other));
        many.ended();
        assert!(many.number().is_some(), "there is room again");
    }
}
