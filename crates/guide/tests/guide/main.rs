//! Tests of the guide: its providers keep the contract, its tables match the schemas, its configurations are valid, and
//! its links point to existing files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod contract;
mod links;
mod outputs;
mod snippets;
mod tables;
