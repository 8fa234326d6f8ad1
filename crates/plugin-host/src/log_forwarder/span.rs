//! Spans of libraries, and the host's spans that they are in.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use longshore_provider::host::catch;
use longshore_provider_abi::v1::WireScope;
use tracing::{Dispatch, Id, dispatcher::get_default};

/// A library that opens spans and never closes them gets no more of them.
const MOST_OPEN: usize = 16 * 1024;

/// The mark of numbers that were given to spans which are not emitted.
const UNKNOWN: u64 = 1 << 62;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// How many spans of a library are open.
pub(super) struct Count(AtomicUsize);

impl Count {
    pub(super) fn none() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// The number of a span that begins, if there is room for it. Whoever does not use it says that it has
    /// [`ended`](Self::ended).
    pub(super) fn number(&self) -> Option<u64> {
        if self.0.fetch_add(1, Ordering::Relaxed) < MOST_OPEN {
            return Some(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        self.ended();
        None
    }

    /// A span is not open any more.
    pub(super) fn ended(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The number of a span that is not emitted.
pub(super) fn unknown() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed) | UNKNOWN
}

/// Whether the span with that number is emitted.
pub(super) fn is_known(number: u64) -> bool {
    number != 0 && number & UNKNOWN == 0
}

/// What a span or an event is in.
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
    /// The host's span with that number, if it has not ended. What a library does after a call has been answered
    /// belongs to no call.
    fn still(number: u64) -> Option<Self> {
        if number == 0 {
            return None;
        }
        let id = Id::from_u64(number);
        // A registry panics when it is asked for a span that is not there.
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
