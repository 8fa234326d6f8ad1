//! The spans of this library that are still referenced.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use longshore_provider_abi::v1::WireScope;
use tracing::Metadata;

/// The number of parts of the table. Each part has a lock of its own.
const PARTS: usize = 16;

/// The first id of spans that the host does not know.
const LOCAL: u64 = 1 << 63;

static SPANS: [Mutex<Option<HashMap<u64, Live>>>; PARTS] = [const { Mutex::new(None) }; PARTS];

struct Live {
    references: usize,
    inside: WireScope,
    metadata: &'static Metadata<'static>,
}

/// Keeps a span with one reference to it. `inside` is the scope of events within the span.
pub(super) fn insert(id: u64, inside: WireScope, metadata: &'static Metadata<'static>) {
    with(id, |spans| spans.insert(id, Live { references: 1, inside, metadata }));
}

/// Keeps a span that only stands for the scope `inside`, with one reference to it. Returns its id.
pub(super) fn stand_in(inside: WireScope, metadata: &'static Metadata<'static>) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(LOCAL);
    let id = NEXT.fetch_add(1, Ordering::Relaxed) | LOCAL;
    insert(id, inside, metadata);
    id
}

/// The scope of events within a span.
pub(super) fn inside(id: u64) -> Option<WireScope> {
    with(id, |spans| spans.get(&id).map(|live| live.inside))
}

/// The metadata of a span's call site.
pub(super) fn metadata(id: u64) -> Option<&'static Metadata<'static>> {
    with(id, |spans| spans.get(&id).map(|live| live.metadata))
}

/// Adds a reference.
pub(super) fn refer(id: u64) {
    with(id, |spans| {
        if let Some(live) = spans.get_mut(&id) {
            live.references += 1;
        }
    });
}

/// Removes a reference, and returns whether it was the last.
pub(super) fn release(id: u64) -> bool {
    with(id, |spans| {
        let Some(live) = spans.get_mut(&id) else { return false };
        live.references -= 1;
        live.references == 0 && spans.remove(&id).is_some()
    })
}

/// Whether the host knows the span.
pub(super) fn is_known_to_the_host(id: u64) -> bool {
    id < LOCAL
}

fn with<T>(id: u64, work: impl FnOnce(&mut HashMap<u64, Live>) -> T) -> T {
    #[expect(clippy::cast_possible_truncation, reason = "the remainder is small")]
    let part = (id % PARTS as u64) as usize;
    let mut guard: MutexGuard<'_, _> = SPANS[part].lock().unwrap_or_else(PoisonError::into_inner);
    work(guard.get_or_insert_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_lives_as_long_as_somebody_refers_to_it() {
        let metadata = crate::logging::scope::CALL.metadata();
        let scope = WireScope { call: 7, ..WireScope::default() };
        let id = stand_in(scope, metadata);
        refer(id);
        assert!(!release(id));
        assert_eq!(inside(id), Some(scope));
        assert!(release(id));
        assert_eq!(inside(id), None);
        assert!(!release(id));
    }
}
