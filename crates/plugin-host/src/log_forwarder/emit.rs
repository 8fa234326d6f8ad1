//! The thread that passes the records of libraries to the host's subscriber.

use std::{
    collections::HashMap,
    sync::Once,
    thread,
    time::{Duration, Instant},
};

use longshore_provider::host::{catch, quietly};
use longshore_provider_abi::v1::WireValue;
use tracing::{
    Event, Id,
    dispatcher::get_default,
    span::{Attributes, Record as Recorded},
};

use super::{
    callsite::RegisteredCallsite,
    epoch,
    queue::{QUEUE, Record},
    source::{self, Source},
    span::{Open, Parent},
    values,
};

/// The shortest time between two reports of lost records.
const COMPLAIN: Duration = Duration::from_secs(1);

/// Starts the thread, once.
pub(super) fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let _ = catch(epoch::listen);
        // If the thread cannot be started, no record is emitted, and everything else works.
        let _ = thread::Builder::new().name("provider-logs".to_owned()).spawn(run);
    });
}

fn run() {
    let mut open = Spans::default();
    let mut batch = Vec::new();
    let mut complained = Instant::now();
    loop {
        QUEUE.take(&mut batch, Some(COMPLAIN).filter(|_| source::any_untold()));
        // Providers that the subscriber calls meanwhile log nothing, because their records would cause further calls
        // without end.
        quietly(|| {
            if epoch::has_changed() {
                epoch::tell();
            }
            for (source, record) in batch.drain(..) {
                let _ = catch(|| open.emit(source, record));
            }
            if source::any_untold() && complained.elapsed() >= COMPLAIN {
                complained = Instant::now();
                let _ = catch(complain);
            }
        });
    }
}

fn complain() {
    for (provider, records) in source::untold() {
        tracing::warn!(provider, records, "a provider logs more than can be written: records were lost");
    }
}

/// The open spans of libraries, by their numbers.
#[derive(Default)]
struct Spans(HashMap<u64, (Open, &'static RegisteredCallsite)>);

impl Spans {
    fn emit(&mut self, source: &Source, record: Record) {
        match record {
            Record::Event { callsite, parent, values } => {
                if callsite.is_wanted() {
                    let parent = self.parent(&parent);
                    values::with(callsite.metadata(), &values, |values| {
                        Event::child_of(parent, callsite.metadata(), values);
                    });
                }
            }
            Record::Span { number, callsite, parent, values } => self.begin(number, callsite, &parent, &values),
            Record::Values { number, values } => {
                if let Some((open, callsite)) = self.0.get(&number) {
                    values::with(callsite.metadata(), &values, |values| {
                        open.dispatch.record(&open.id, &Recorded::new(values));
                    });
                }
            }
            Record::Follows { number, other } => {
                if let (Some((open, _)), Some((other, _))) = (self.0.get(&number), self.0.get(&other)) {
                    open.dispatch.record_follows_from(&open.id, &other.id);
                }
            }
            Record::Close { number } => {
                source.spans.ended();
                self.0.remove(&number);
            }
        }
    }

    fn begin(&mut self, number: u64, callsite: &'static RegisteredCallsite, parent: &Parent, values: &[WireValue]) {
        if !callsite.is_wanted() {
            return;
        }
        let metadata = callsite.metadata();
        let open = values::with(metadata, values, |values| {
            let attributes = match self.parent(parent) {
                Some(parent) => Attributes::child_of(parent, metadata, values),
                None => Attributes::new_root(metadata, values),
            };
            get_default(|dispatch| Open { dispatch: dispatch.clone(), id: dispatch.new_span(&attributes) })
        });
        self.0.insert(number, (open, callsite));
    }

    /// The library's span, otherwise the host's span of the call.
    fn parent(&self, parent: &Parent) -> Option<Id> {
        let own = self.0.get(&parent.span).map(|(open, _)| &open.id);
        own.or(parent.call.as_ref().map(|open| &open.id)).cloned()
    }
}
