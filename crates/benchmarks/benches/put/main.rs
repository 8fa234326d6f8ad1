//! The cost of an upload: `cargo bench -p longshore-benchmarks --bench put`.
//!
//! The servers run in processes of their own, so that their cost is the same for both contenders. In place of the
//! null sink, any server takes part that accepts whatever it is sent: `LONGSHORE_BENCH_ENDPOINT=http://127.0.0.1:PORT`.

#![forbid(unsafe_code)]

mod direct;
mod memory;
mod null_sink;
mod parallel;
mod server;
mod through;

use std::{env, sync::Arc};

use bytes::Bytes;
use longshore_benchmarks::{Comparison, compare, heading, role, table};
use tokio::runtime::{Builder, Runtime};

use self::{direct::Direct, server::Server, through::Through};

/// Parts of a large file, or small files, on their way at a time.
const CONCURRENCY: usize = 16;
/// The size of a part: the provider's default.
const PART: usize = 8 * MEBIBYTE;
/// The large file, in parts.
const PARTS: usize = 128;
const SMALL: usize = 100 * 1024;
const SMALL_FILES: usize = 1000;
const MEBIBYTE: usize = 1024 * 1024;

fn main() {
    match role::of_this_process().as_deref() {
        Some("null-sink") => server::run(null_sink::serve()),
        Some("dev-s3") => server::run(server::dev_s3()),
        _ => compare_all(),
    }
}

fn compare_all() {
    longshore_test_artifacts::folder();
    let sink = match env::var("LONGSHORE_BENCH_ENDPOINT") {
        Ok(endpoint) => Server::at(&endpoint),
        Err(_) => Server::start("null-sink"),
    };
    into(&sink, "Uploads into a null sink", 15, 15);
    let dev_s3 = Server::start("dev-s3");
    into(&dev_s3, "Uploads into dev-s3", 7, 9);
    drop(dev_s3);
    table("Peak memory of `longshore object put`", &["file", "peak"]);
    for gibibytes in [1, 4] {
        memory::measure(&sink, gibibytes);
    }
}

fn into(server: &Server, title: &str, large_rounds: usize, small_rounds: usize) {
    let host = runtime();
    let direct = Arc::new(host.block_on(Direct::new(&server.endpoint)));
    let through = Arc::new(host.block_on(Through::new(&server.endpoint)));
    heading(title, "host and cdylib", "aws-sdk-s3");
    large(&host, &through, &direct, large_rounds).print_rates(1024.0, "MiB");
    small(&host, &through, &direct, small_rounds).print_rates(1000.0, "files");
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// One file of 1 GiB, in parts.
fn large(host: &Runtime, through: &Arc<Through>, direct: &Arc<Direct>, rounds: usize) -> Comparison {
    let part = bytes(PART);
    compare(
        "1 GiB, 16 parts of 8 MiB at a time",
        rounds,
        1,
        || host.block_on(through.put_large(&part)),
        || host.block_on(direct.put_large(&part)),
    )
}

/// A thousand small files.
fn small(host: &Runtime, through: &Arc<Through>, direct: &Arc<Direct>, rounds: usize) -> Comparison {
    let body = bytes(SMALL);
    compare(
        "1,000 files of 100 KiB, 16 at a time",
        rounds,
        1,
        || host.block_on(through.put_small(&body)),
        || host.block_on(direct.put_small(&body)),
    )
}

/// Not all the same.
fn bytes(length: usize) -> Bytes {
    (0..length).map(|index| u8::try_from(index % 251).expect("it is less than 256")).collect::<Vec<u8>>().into()
}

fn small_key(number: usize) -> String {
    format!("small/{number:04}.bin")
}
