//! The media library on a provider that fails as it is told to, behind the real wire types, with a real table: each test over both databases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod both;
mod faults;
mod in_doubt;
mod memory;
mod proxy;
mod remove;
mod replace;
mod scene;
mod shelf;
mod sign;
mod stream;
mod sweep;
mod upload;
