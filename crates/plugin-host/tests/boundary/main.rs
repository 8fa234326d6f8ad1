//! Tests of the boundary with real libraries, which are loaded as in a host.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cancellation;
mod generations;
mod overlays;
mod panics;
mod project;
mod runtimes;
mod streams;
