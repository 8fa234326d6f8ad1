//! The cost of a line in a library's log: `cargo bench -p longshore-benchmarks --bench logging`.

#![forbid(unsafe_code)]

use std::{
    fmt,
    hint::black_box,
    time::{Duration, Instant},
};

use longshore_benchmarks::{compare_told, heading, project};
use longshore_plugin_host::{flush_logs, registry::Registry};
use longshore_provider::{
    Call,
    serde_json::json,
    tracing::{
        self, Event, Subscriber,
        field::{Field, Visit},
    },
};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::{
    EnvFilter, Layer,
    layer::{Context, SubscriberExt},
    reload,
    util::SubscriberInitExt,
};

/// This many events fit into the channel, so that no thread waits for room in it.
const EVENTS: u32 = 2000;

fn main() {
    let (filter, handle) = reload::Layer::new(EnvFilter::new("warn"));
    tracing_subscriber::registry().with(filter).with(Sink).init();
    let host = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (registry, _folder) = host.block_on(project::open("[upload.config]\nprovider = \"throughput\"\n"));
    heading("An event with two fields", "in a library", "in the host itself");
    let (ours, theirs) = (|| library(&host, &registry), in_process);
    compare_told("a disabled level", 51, EVENTS, ours, theirs).print();
    handle.reload(EnvFilter::new("info")).expect("the filter is in use");
    compare_told("an enabled level", 51, EVENTS, ours, theirs).print();
    let emitted = || {
        let begun = Instant::now();
        library(&host, &registry);
        begun.elapsed()
    };
    compare_told("the same, until the subscriber has had them all", 51, EVENTS, emitted, theirs).print();
}

/// How long the library takes. The host's subscriber has had all events when this returns.
fn library(host: &Runtime, registry: &Registry) -> Duration {
    let call = Call::new();
    let (took, _) = host
        .block_on(registry.main().handle().extension("events", json!(EVENTS), None, &call))
        .expect("the library tells how long it took");
    assert!(flush_logs(Duration::from_mins(1)), "the log is emitted");
    Duration::from_nanos(took.as_u64().expect("nanoseconds"))
}

fn in_process() -> Duration {
    let begun = Instant::now();
    for number in 0..u64::from(EVENTS) {
        tracing::info!(number = black_box(number), key = "a/b", "an event");
    }
    begun.elapsed()
}

/// Looks at every field, and does nothing with it.
struct Sink;

impl<S: Subscriber> Layer<S> for Sink {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Look);
    }
}

struct Look;

impl Visit for Look {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        black_box((field, value));
    }
}
