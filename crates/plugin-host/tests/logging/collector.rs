//! A layer that stores all spans and events.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());
static CLOSED: Mutex<Vec<Span>> = Mutex::new(Vec::new());

/// An additional action for each event, which runs within the subscriber.
pub(crate) static ACT: Mutex<Option<fn(&Seen)>> = Mutex::new(None);

/// An event.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) target: String,
    pub(crate) level: Level,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) fields: Fields,
    /// The spans that contain the event, outermost first.
    pub(crate) scope: Vec<Span>,
}

impl Seen {
    pub(crate) fn message(&self) -> &str {
        self.fields.0.get("message").and_then(|text| text.strip_prefix("debug ")).unwrap_or_default()
    }

    /// The names of the spans that contain the event.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.scope.iter().map(|span| span.name).collect()
    }
}

/// A span.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) name: &'static str,
    pub(crate) target: String,
    pub(crate) level: Level,
    pub(crate) fields: Fields,
    pub(crate) follows: Vec<&'static str>,
}

/// Stores spans and events.
pub(crate) struct Collector;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collector {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let metadata = attributes.metadata();
        let (name, target, level) = (metadata.name(), metadata.target().to_owned(), *metadata.level());
        let span = Span { name, target, level, fields, follows: Vec::new() };
        context.span(id).unwrap().extensions_mut().insert(span);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        values.record(&mut context.span(id).unwrap().extensions_mut().get_mut::<Span>().unwrap().fields);
    }

    fn on_follows_from(&self, id: &Id, other: &Id, context: Context<'_, S>) {
        let other = context.span(other).unwrap().name();
        context.span(id).unwrap().extensions_mut().get_mut::<Span>().unwrap().follows.push(other);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let scope = context.event_scope(event).map(|scope| scope.from_root().map(|span| kept(&span)).collect());
        let metadata = event.metadata();
        let seen = Seen {
            target: metadata.target().to_owned(),
            level: *metadata.level(),
            file: metadata.file().map(str::to_owned),
            line: metadata.line(),
            fields,
            scope: scope.unwrap_or_default(),
        };
        let act = *ACT.lock().unwrap_or_else(PoisonError::into_inner);
        SEEN.lock().unwrap().push(seen.clone());
        if let Some(act) = act {
            act(&seen);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        CLOSED.lock().unwrap().push(kept(&context.span(&id).unwrap()));
    }
}

fn kept<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> Span {
    span.extensions().get::<Span>().unwrap().clone()
}

/// The events of a target.
pub(crate) fn seen(target: &str) -> Vec<Seen> {
    SEEN.lock().unwrap().iter().filter(|seen| seen.target == target).cloned().collect()
}

/// The closed spans with that name.
pub(crate) fn closed(name: &str) -> Vec<Span> {
    CLOSED.lock().unwrap().iter().filter(|span| span.name == name).cloned().collect()
}

/// Values with the names of their types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(pub(crate) BTreeMap<String, String>);

impl Fields {
    fn keep(&mut self, field: &Field, kind: &str, value: &dyn fmt::Display) {
        self.0.insert(field.name().to_owned(), format!("{kind} {value}"));
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, "str", &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, "i64", &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, "u64", &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, "f64", &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, "bool", &value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut next = value.source();
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        self.keep(field, "error", &text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, "debug", &format_args!("{value:?}"));
    }
}
