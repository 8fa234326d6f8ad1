//! The log scope of the code on a thread: the host's span of a call, and the library's own spans.

use std::cell::RefCell;

use longshore_provider_abi::v1::WireScope;
use tracing::{
    Level, Metadata, Span,
    callsite::{Callsite, Identifier},
    field::FieldSet,
    metadata::Kind,
    span::EnteredSpan,
    subscriber::Interest,
};

use super::{HOST, follow, is_the_host, spans, subscriber};

thread_local! {
    /// The scopes that this thread has entered, innermost last.
    static ENTERED: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

struct Entry {
    /// The span's id, or 0 for a call.
    id: u64,
    scope: WireScope,
    /// The span that stands for the call. It is made on first use, and 0 before.
    stand_in: u64,
}

/// The span that work belongs to, on whatever thread it runs: the span of its caller.
#[derive(Clone)]
pub(crate) struct Scope {
    wire: WireScope,
    /// The same span inside the host's own binary, where spans do not cross the boundary.
    span: Span,
}

impl Scope {
    /// The scope of a call that has just arrived. If the host's filter has changed, the library first asks again which
    /// events are wanted.
    pub(crate) fn of(wire: WireScope) -> Self {
        if let Some(host) = HOST.get() {
            follow::follow(host);
        }
        Self { wire, span: own_span() }
    }

    /// The scope of the running code, for work that it leaves for later.
    pub(crate) fn here() -> Self {
        Self { wire: current(), span: own_span() }
    }

    /// Puts this thread into the scope until the guard is dropped.
    pub(crate) fn enter(&self) -> Inside {
        let before = push(self.wire);
        Inside { before, _span: (!self.span.is_none()).then(|| self.span.clone().entered()) }
    }
}

/// A scope that this thread is in.
pub(crate) struct Inside {
    before: usize,
    _span: Option<EnteredSpan>,
}

impl Drop for Inside {
    fn drop(&mut self) {
        truncate(self.before);
    }
}

/// The scope of calls that this thread makes, and the span that has to stay open until the calls have returned.
pub(crate) fn outgoing() -> (WireScope, Span) {
    if HOST.get().is_some() {
        return (current(), Span::none());
    }
    let span = own_span();
    let call = span.id().map_or(0, |id| id.into_u64());
    (WireScope { call, span: 0, flags: current().flags }, span)
}

/// Runs `work`, and discards the provider log of the calls that it makes.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> T {
    let before = push(WireScope { flags: WireScope::MUTED, ..WireScope::default() });
    let _inside = Inside { before, _span: None };
    work()
}

/// The innermost scope of this thread.
pub(super) fn current() -> WireScope {
    let scope = ENTERED.try_with(|entered| entered.borrow().last().map(|entry| entry.scope));
    scope.ok().flatten().unwrap_or_default()
}

/// Whether events within `scope` are discarded.
pub(super) fn is_muted(scope: WireScope) -> bool {
    scope.flags & WireScope::MUTED != 0
}

/// This thread enters a span.
pub(super) fn enter(id: u64) {
    let scope = spans::inside(id).unwrap_or_else(current);
    let _ = ENTERED.try_with(|entered| entered.borrow_mut().push(Entry { id, scope, stand_in: 0 }));
}

/// This thread leaves a span.
pub(super) fn exit(id: u64) {
    let _ = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        if let Some(at) = entered.iter().rposition(|entry| entry.id == id) {
            entered.remove(at);
        }
    });
}

/// The span that this thread is in. If the author has opened no span in a call, this is a stand-in for the call. A task
/// that is spawned `in_current_span` therefore belongs to the call.
pub(super) fn current_span() -> Option<u64> {
    let entered = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let entry = entered.last_mut()?;
        if entry.id == 0 && entry.stand_in == 0 && entry.scope != WireScope::default() {
            entry.stand_in = spans::stand_in(entry.scope, CALL.metadata());
        }
        Some(entry.id.max(entry.stand_in)).filter(|id| *id != 0)
    });
    entered.ok().flatten()
}

/// The current span of the host's own binary. A shared library has none.
fn own_span() -> Span {
    if is_the_host() { Span::current() } else { Span::none() }
}

fn push(scope: WireScope) -> usize {
    let before = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        entered.push(Entry { id: 0, scope, stand_in: 0 });
        entered.len() - 1
    });
    before.unwrap_or(usize::MAX)
}

/// Leaves all scopes that were entered since, also the spans whose guards the author holds across an `await`.
fn truncate(before: usize) {
    let stand_in = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let stand_in = entered.get(before).map_or(0, |entry| entry.stand_in);
        entered.truncate(before);
        stand_in
    });
    if let Ok(id @ 1..) = stand_in {
        subscriber::release(id);
    }
}

/// The call site of spans that stand for calls.
pub(super) struct CallPlace;

pub(super) static CALL: CallPlace = CallPlace;

static CALL_METADATA: Metadata<'static> = Metadata::new(
    "call",
    "longshore_provider",
    Level::ERROR,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&CALL)),
    Kind::SPAN,
);

impl CallPlace {
    pub(super) fn metadata(&self) -> &'static Metadata<'static> {
        let Self = self;
        &CALL_METADATA
    }
}

impl Callsite for CallPlace {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &CALL_METADATA
    }
}
