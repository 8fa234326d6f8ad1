//! The records of a library reach the host's subscriber. The tests use a real library and a typical subscriber.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod blocking;
mod calls;
mod collector;
mod filtered;
mod reentry;
mod room;
mod spans;
mod test_registry;
mod values;
