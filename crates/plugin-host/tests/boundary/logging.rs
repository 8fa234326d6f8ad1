//! What a library logs reaches the host's subscriber.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, Once},
};

use longshore_provider::{Call, File, serde_json::Value};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
};

use crate::project::misbehaving;

static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());

#[derive(Clone, Debug)]
struct Seen {
    target: String,
    level: Level,
    line: Option<u32>,
    fields: BTreeMap<String, String>,
}

/// Keeps every event up to level INFO of the targets below `misbehaving` and of panics.
struct Collector;

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut fields = Fields(BTreeMap::new());
        event.record(&mut fields);
        let seen = Seen {
            target: metadata.target().to_owned(),
            level: *metadata.level(),
            line: metadata.line(),
            fields: fields.0,
        };
        SEEN.lock().unwrap().push(seen);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Fields(BTreeMap<String, String>);

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

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, "debug", &format_args!("{value:?}"));
    }
}

/// Makes the collector the subscriber of this process, for all its tests.
pub(crate) fn collect() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| tracing::subscriber::set_global_default(Collector).unwrap());
}

fn seen(target: &str) -> Vec<Seen> {
    SEEN.lock().unwrap().iter().filter(|seen| seen.target == target).cloned().collect()
}

#[tokio::test]
async fn events_and_records_arrive_with_target_level_and_fields() {
    let registry = misbehaving("").open().await.unwrap();
    registry.main().handle().extension("log", Value::Null, None, &Call::new()).await.unwrap();

    let events = seen("misbehaving::shelf");
    assert_eq!(events.len(), 1, "the event of a disabled level does not arrive: {events:?}");
    assert_eq!(events[0].level, Level::INFO);
    assert!(events[0].line.is_some());
    let expected = [
        ("answer", "u64 42"),
        ("half", "f64 0.5"),
        ("message", "debug an event"),
        ("signed", "i64 -7"),
        ("text", "str a b"),
        ("yes", "bool true"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(events[0].fields, expected);

    let records = seen("misbehaving::facade");
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].level, records[0].fields["message"].as_str()), (Level::WARN, "debug a record of log"));

    // A panic in a thread of the author's own has no call to fail: it is logged.
    registry.main().delete(&File::at("thread")).await.unwrap();
    let panics = seen("longshore_provider::panic");
    assert!(panics.iter().any(|seen| seen.fields["message"].contains("a thread was asked to panic")), "{panics:?}");
}
