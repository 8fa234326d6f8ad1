//! Receives the log of loaded libraries. Each span and event is emitted again with its own target, level and fields,
//! within the host's span of its call.
//!
//! A library's thread only adds a record to a bounded [`queue`], in which each library has its own share. One thread of
//! the host [emits](emit) the records. Libraries therefore do not wait while the host's subscriber handles a record: it may
//! log, panic or call a provider. Only its answers about what is wanted, and its reference to a span, are queried on the
//! library's thread.

mod callsite;
mod emit;
mod epoch;
mod queue;
mod source;
mod span;
mod values;
mod waiting;

use std::time::Duration;

use longshore_provider::host::catch;
use longshore_provider_abi::{
    RString, RVec,
    v1::{HostObject, WireCallsite, WireHost, WireScope, WireValue, WireWatcher, host_object},
};
use tracing::dispatcher::get_default;

use crate::library::last_words;

use self::{
    queue::{QUEUE, Record},
    source::Source,
    span::Parent,
};

/// The host's services for the library of the provider `name`. None of them panics: if a subscriber of the host panics,
/// its record is lost.
pub(crate) fn services(name: &str) -> HostObject {
    host_object(LogForwarder(Source::of(name)))
}

/// The number of records of the library of the provider `name` that were not emitted. Either the queue had no room, or
/// the record belonged to a call that was made while a record was being emitted.
pub(crate) fn lost(name: &str) -> u64 {
    Source::of(name).lost()
}

/// Waits for at most `limit` until all records that providers have logged so far are emitted, and returns whether they
/// are. Programs call this function before they end. Inside a subscriber that is emitting, it does not wait.
pub fn flush(limit: Duration) -> bool {
    QUEUE.flush(limit)
}

struct LogForwarder(&'static Source);

impl LogForwarder {
    fn push(&self, record: Record) -> bool {
        let taken = QUEUE.push(self.0, record);
        if !taken {
            self.0.overflowed();
        }
        taken
    }
}

impl WireHost for LogForwarder {
    fn max_level(&self) -> u8 {
        callsite::max_level()
    }

    fn epoch(&self) -> u64 {
        epoch::current()
    }

    fn watch(&self, changed: WireWatcher) {
        emit::start();
        last_words::ask(changed);
        epoch::watch(changed);
    }

    fn register_callsite(&self, callsite: WireCallsite) -> u64 {
        emit::start();
        catch(|| callsite::register(&callsite)).unwrap_or_default()
    }

    fn interest(&self, callsite: u64) -> u8 {
        callsite::find(callsite).map_or(callsite::NEVER, callsite::RegisteredCallsite::interest)
    }

    fn enabled(&self, callsite: u64, _: WireScope) -> bool {
        let wanted = catch(|| {
            callsite::find(callsite)
                .is_some_and(|callsite| get_default(|dispatch| dispatch.enabled(callsite.metadata())))
        });
        wanted.unwrap_or(false)
    }

    fn event(&self, callsite: u64, scope: WireScope, values: RVec<WireValue>) {
        if let Some(callsite) = callsite::find(callsite) {
            self.push(Record::Event { callsite, parent: Parent::of(scope), values });
        }
    }

    fn new_span(&self, callsite: u64, scope: WireScope, values: RVec<WireValue>) -> u64 {
        let Some(callsite) = callsite::find(callsite) else { return span::unknown() };
        let Some(number) = self.0.spans.number() else {
            self.0.overflowed();
            return span::unknown();
        };
        if self.push(Record::Span { number, callsite, parent: Parent::of(scope), values }) {
            return number;
        }
        self.0.spans.ended();
        span::unknown()
    }

    fn record(&self, span: u64, values: RVec<WireValue>) {
        if span::is_known(span) {
            self.push(Record::Values { number: span, values });
        }
    }

    fn follows_from(&self, span: u64, other: u64) {
        if span::is_known(span) && span::is_known(other) {
            self.push(Record::Follows { number: span, other });
        }
    }

    fn close_span(&self, span: u64) {
        if span::is_known(span) {
            QUEUE.push_surely(self.0, Record::Close { number: span });
        }
    }

    fn lost(&self, records: u64) {
        self.0.muted(records);
    }

    fn ask(&self, _: RString, _: RString) -> RString {
        RString::new()
    }
}
