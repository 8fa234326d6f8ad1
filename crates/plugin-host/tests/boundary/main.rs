//! The boundary, through real libraries that are loaded as a host loads them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cancellation;
mod generations;
mod overlays;
mod panics;
mod project;
mod runtimes;
mod streams;
