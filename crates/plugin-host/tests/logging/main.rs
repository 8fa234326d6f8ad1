//! What a library logs reaches the host's subscriber: through a real library, and a subscriber as hosts have them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod blocking;
mod calls;
mod collector;
mod filtered;
mod reentry;
mod room;
mod scene;
mod spans;
mod values;
