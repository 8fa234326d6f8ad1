//! The media library on a provider with injected faults, behind the real wire types, with a real table. Each test runs over
//! both databases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod both;
mod check;
mod faults;
mod memory;
mod proxy;
mod remove;
mod replace;
mod sign;
mod storage;
mod stream;
mod sweep;
mod test_library;
mod unknown_commits;
mod upload;
