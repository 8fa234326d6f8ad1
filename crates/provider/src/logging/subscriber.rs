//! The tracing subscriber of a library.

use longshore_provider_abi::v1::{HostObject, WireScope};
use tracing::{
    Event, Metadata, Subscriber,
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_core::span::Current;

use super::{
    HOST,
    callsites::{self, Callsites},
    scope, spans,
    values::collect,
};

/// Forwards wanted spans and events to the host. Each call site is registered once, and its interest is kept until the
/// host's filter changes. If the interest is "never", an event costs only tracing's own check, an atomic load.
pub(super) struct Forward {
    host: &'static HostObject,
    callsites: Callsites,
}

impl Forward {
    pub(super) fn new(host: &'static HostObject) -> Self {
        Self { host, callsites: Callsites::default() }
    }

    fn number(&self, metadata: &Metadata<'_>) -> u64 {
        self.callsites.number(self.host, metadata)
    }
}

/// Removes a reference to a span, and closes the span in the host if the reference was the last.
pub(super) fn release(id: u64) -> bool {
    let closed = spans::release(id);
    if closed
        && spans::is_known_to_the_host(id)
        && let Some(host) = HOST.get()
    {
        host.close_span(id);
    }
    closed
}

/// The scope of a span or an event: its explicit parent, none for an explicit root, otherwise this thread's scope.
fn scope_of(parent: Option<&Id>, is_root: bool) -> WireScope {
    let current = scope::current();
    match parent {
        Some(parent) => spans::inside(parent.into_u64()).unwrap_or(current),
        None if is_root => WireScope { flags: current.flags, ..WireScope::default() },
        None => current,
    }
}

impl Subscriber for Forward {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        match callsites::interest(self.host, self.number(metadata)) {
            callsites::Interest::Never => Interest::never(),
            callsites::Interest::Always => Interest::always(),
            callsites::Interest::Sometimes => Interest::sometimes(),
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        callsites::is_wanted(self.host, self.number(metadata), scope::current())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(match self.host.max_level() {
            0 => LevelFilter::OFF,
            1 => LevelFilter::ERROR,
            2 => LevelFilter::WARN,
            3 => LevelFilter::INFO,
            4 => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        })
    }

    fn event(&self, event: &Event<'_>) {
        let scope = scope_of(event.parent(), event.is_root());
        if scope::is_muted(scope) {
            return self.host.lost(1);
        }
        let values = collect(|visitor| event.record(visitor));
        self.host.event(self.number(event.metadata()), scope, values);
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let scope = scope_of(span.parent(), span.is_root());
        if scope::is_muted(scope) {
            self.host.lost(1);
            return Id::from_u64(spans::stand_in(scope, span.metadata()));
        }
        let values = collect(|visitor| span.record(visitor));
        let id = self.host.new_span(self.number(span.metadata()), scope, values);
        spans::insert(id, WireScope { span: id, ..scope }, span.metadata());
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        if spans::is_known_to_the_host(span.into_u64()) {
            self.host.record(span.into_u64(), collect(|visitor| values.record(visitor)));
        }
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        let (span, follows) = (span.into_u64(), follows.into_u64());
        if spans::is_known_to_the_host(span) && spans::is_known_to_the_host(follows) {
            self.host.follows_from(span, follows);
        }
    }

    fn enter(&self, span: &Id) {
        scope::enter(span.into_u64());
    }

    fn exit(&self, span: &Id) {
        scope::exit(span.into_u64());
    }

    fn clone_span(&self, span: &Id) -> Id {
        spans::refer(span.into_u64());
        span.clone()
    }

    fn try_close(&self, span: Id) -> bool {
        release(span.into_u64())
    }

    fn current_span(&self) -> Current {
        let current = scope::current_span().and_then(|id| Some((Id::from_u64(id), spans::metadata(id)?)));
        current.map_or_else(Current::none, |(id, metadata)| Current::new(id, metadata))
    }
}
