//! A provider that does nothing but read and write streams: what the benchmarks load.

#![forbid(unsafe_code)]

use std::{alloc::System, hint::black_box, time::Instant};

use longshore_provider::{
    Body, ByteRange, Bytes, Call, Error, File, InitContext, NoOptions, ObjectMeta, Opened, Provider, Result, Uploaded,
    futures::stream,
    serde_json::{Value, json},
    tracing,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Counts what this library allocates; the host's allocator counts what the host does.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

struct Throughput;

impl Provider for Throughput {
    type Options = NoOptions;

    async fn init(_: NoOptions, _: InitContext) -> Result<Self> {
        Ok(Self)
    }

    /// Sums every byte, and answers the sum as the URL.
    async fn upload(&self, _: &File, mut body: Body, _: &Call) -> Result<Uploaded> {
        let mut sum = 0;
        while let Some(chunk) = body.next().await {
            sum += chunk?.iter().map(|byte| u64::from(*byte)).sum::<u64>();
        }
        Ok(Uploaded::new("sum", format!("/{sum}")))
    }

    async fn delete(&self, _: &File, _: &Call) -> Result<()> {
        Ok(())
    }

    /// `range.start` chunks of `range.length` bytes, all the same memory.
    async fn open(&self, _: &File, range: Option<ByteRange>, _: &Call) -> Result<Opened> {
        let Some(ByteRange { start: count, length: Some(size) }) = range else {
            return Err(Error::invalid_input("say how many chunks of how many bytes"));
        };
        let chunk = Bytes::from(vec![1; usize::try_from(size).unwrap_or(0)]);
        let chunks = stream::iter((0..count).map(move |_| Ok(chunk.clone())));
        Ok(Opened::new(ObjectMeta::new("chunks", count * size), Body::from_stream(chunks, None)))
    }

    async fn extension(&self, id: &str, input: Value, _: Option<Body>, _: &Call) -> Result<(Value, Option<Body>)> {
        if id == "events" {
            return Ok((json!(log(input.as_u64().unwrap_or(0))), None));
        }
        Ok((json!(ALLOCATOR.stats().allocations), None))
    }
}

/// Logs so many events; how many nanoseconds that takes.
fn log(events: u64) -> u64 {
    let begun = Instant::now();
    for number in 0..events {
        tracing::info!(number = black_box(number), key = "a/b", "an event");
    }
    u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

longshore_provider::export_provider!(Throughput as "throughput", extensions ["allocations", "events"]);
