//! The built `longshore` with real providers, as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod config;
mod elf;
mod ended;
mod faults;
mod files;
mod guide;
mod help;
mod init;
mod inputs;
mod interrupt;
mod json;
mod killed;
mod libraries;
mod log;
mod memory_limit;
mod objects;
mod operators;
mod project;
mod providers;
mod refusals;
mod released;
mod s3;
mod scaffold;
mod schema;
mod serve;
mod served;
mod tls;
mod tokens;
mod validate;
mod webhooks;
