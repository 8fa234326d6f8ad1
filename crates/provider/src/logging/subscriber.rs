//! The tracing subscriber of a library.

use std::{
    cell::Cell,
    collections::HashMap,
    fmt,
    sync::{PoisonError, RwLock},
};

use longshore_provider_abi::{
    RString,
    v1::{HostObject, WireInterest, WireValue},
};
use tracing::{
    Event, Metadata, Subscriber,
    callsite::Identifier,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
    subscriber::Interest,
};

use super::callsite::{self, ALWAYS, NEVER};

thread_local! {
    /// Whether this thread is handing on an event: what the host logs meanwhile must not come back here.
    static FORWARDING: Cell<bool> = const { Cell::new(false) };
}

/// Hands every wanted event to the host. Each call site is registered once; where the host answers "never", an
/// event costs what tracing takes to see that: an atomic load.
pub(super) struct Forward {
    host: HostObject,
    callsites: RwLock<HashMap<Identifier, WireInterest>>,
}

impl Forward {
    pub(super) fn new(host: HostObject) -> Self {
        Self { host, callsites: RwLock::default() }
    }

    fn interest(&self, metadata: &'static Metadata<'static>) -> WireInterest {
        let known = self.callsites.read().unwrap_or_else(PoisonError::into_inner).get(&metadata.callsite()).copied();
        known.unwrap_or_else(|| {
            let interest = callsite::register(&self.host, metadata);
            let mut callsites = self.callsites.write().unwrap_or_else(PoisonError::into_inner);
            *callsites.entry(metadata.callsite()).or_insert(interest)
        })
    }

    fn known(&self, metadata: &Metadata<'_>) -> WireInterest {
        let callsites = self.callsites.read().unwrap_or_else(PoisonError::into_inner);
        callsites.get(&metadata.callsite()).copied().unwrap_or_default()
    }
}

impl Subscriber for Forward {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if !metadata.is_event() {
            return Interest::never();
        }
        match self.interest(metadata).interest {
            NEVER => Interest::never(),
            ALWAYS => Interest::always(),
            _ => Interest::sometimes(),
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && callsite::is_wanted(&self.host, self.known(metadata))
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
        let callsite = self.known(event.metadata()).callsite;
        if FORWARDING.replace(true) {
            return;
        }
        let mut values = Values(Vec::new());
        event.record(&mut values);
        self.host.event(callsite, values.0.into());
        FORWARDING.set(false);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Collects the fields of an event with their types.
struct Values(Vec<WireValue>);

impl Values {
    fn push(&mut self, field: &Field, kind: u8, bits: u64, text: RString) {
        let field = u32::try_from(field.index()).unwrap_or(u32::MAX);
        self.0.push(WireValue { field, kind, bits, text });
    }
}

impl Visit for Values {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, 0, 0, RString::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, 1, value.cast_unsigned(), RString::new());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, 2, value, RString::new());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, 3, value.to_bits(), RString::new());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, 4, u64::from(value), RString::new());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, 5, 0, RString::from(format!("{value:?}")));
    }
}
