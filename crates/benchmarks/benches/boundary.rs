//! The cost of a crossing: `cargo bench -p longshore-benchmarks --bench boundary`.

#![forbid(unsafe_code)]

use std::{alloc::System, future::Future, hint::black_box, pin::Pin};

use futures::{StreamExt, stream};
use longshore_benchmarks::{compare, heading, project, remark};
use longshore_plugin_host::registry::Registry;
use longshore_provider::{Body, ByteRange, Bytes, Call, File, Result, serde_json::Value};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::runtime::{Builder, Runtime};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const GIBIBYTE: u64 = 1 << 30;

fn main() {
    let host = runtime();
    let (registry, _folder) = host.block_on(project::open("[upload.config]\nprovider = \"throughput\"\n"));
    calls(&host, &registry);
    streams(&host, &registry);
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// An async call that does nothing.
fn calls(host: &Runtime, registry: &Registry) {
    const CALLS: u32 = 20_000;
    const HOPS: u32 = 500;
    let provider = registry.main().handle();
    heading("An async call that does nothing", "through the boundary", "without it");
    compare(
        "answered inline, beside a boxed future",
        51,
        CALLS,
        || {
            host.block_on(async {
                for _ in 0..CALLS {
                    let _ = black_box(provider.is_private().await);
                }
            });
        },
        || {
            host.block_on(async {
                for _ in 0..CALLS {
                    let future: Pin<Box<dyn Future<Output = Result<bool>> + Send>> = Box::pin(async { Ok(false) });
                    let _ = black_box(black_box(future).await);
                }
            });
        },
    )
    .print();
    let other = runtime();
    let call = Call::new();
    compare(
        "on the library's runtime, beside spawn and join on another runtime",
        101,
        HOPS,
        || {
            host.block_on(async {
                for _ in 0..HOPS {
                    let _ = black_box(provider.health(&call).await);
                }
            });
        },
        || {
            host.block_on(async {
                for _ in 0..HOPS {
                    let _ = black_box(other.spawn(async { Result::<()>::Ok(()) }).await);
                }
            });
        },
    )
    .print();
}

/// A gibibyte each way, every byte summed by the receiver.
fn streams(host: &Runtime, registry: &Registry) {
    heading("1 GiB as a stream, every byte summed", "through the boundary", "without it");
    let other = runtime();
    let mut remarks = Vec::new();
    for chunk in [256 * 1024, 1024 * 1024] {
        let name = format!("host to provider, chunks of {} KiB", chunk / 1024);
        compare(
            &name,
            7,
            1,
            || {
                let uploaded = host.block_on(registry.main().upload(&File::at("x"), chunks(chunk)));
                assert_eq!(uploaded.expect("an upload").url, format!("/{GIBIBYTE}"));
            },
            || {
                let task = other.spawn(sum(chunks(chunk)));
                assert_eq!(host.block_on(task).expect("a task"), GIBIBYTE);
            },
        )
        .print();
        let name = format!("provider to host, chunks of {} KiB", chunk / 1024);
        let range = ByteRange { start: GIBIBYTE / chunk, length: Some(chunk) };
        compare(
            &name,
            7,
            1,
            || {
                let total = host.block_on(async {
                    let opened = registry.main().open_file(&File::at("x"), Some(range)).await.expect("a stream");
                    sum(opened.body).await
                });
                assert_eq!(total, GIBIBYTE);
            },
            || assert_eq!(host.block_on(sum(chunks(chunk))), GIBIBYTE),
        )
        .print();
        remarks.push(host.block_on(allocations(registry, chunk)));
    }
    for text in remarks {
        remark(&text);
    }
}

/// Chunks that are all the same memory: what is measured is the crossing.
fn chunks(size: u64) -> Body {
    let chunk = Bytes::from(vec![1; usize::try_from(size).expect("a chunk fits into memory")]);
    Body::from_stream(stream::iter(0..GIBIBYTE / size).map(move |_| Ok(chunk.clone())), None)
}

async fn sum(mut body: Body) -> u64 {
    let mut sum = 0;
    while let Some(chunk) = body.next().await {
        sum += chunk.expect("a chunk").iter().map(|byte| u64::from(*byte)).sum::<u64>();
    }
    sum
}

/// Allocations of both sides, a chunk, and whether the bytes moved.
async fn allocations(registry: &Registry, chunk: u64) -> String {
    let count = GIBIBYTE / chunk;
    let before = both_sides(registry).await;
    let uploaded = registry.main().upload(&File::at("x"), chunks(chunk)).await;
    let after = both_sides(registry).await;
    assert!(uploaded.is_ok());
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let each = (after - before) as f64 / count as f64;
    format!("Allocations for {count} chunks of {} KiB, both sides together: {each:.2} a chunk.", chunk / 1024)
}

async fn both_sides(registry: &Registry) -> usize {
    let (theirs, _) =
        registry.main().handle().extension("allocations", Value::Null, None, &Call::new()).await.expect("a number");
    let theirs = theirs.as_u64().and_then(|number| usize::try_from(number).ok()).expect("a number");
    ALLOCATOR.stats().allocations + theirs
}
