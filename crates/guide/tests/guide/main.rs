//! The guide does what it says: its providers keep the contract, its tables are those of the schemas, its
//! configurations are taken, and its links lead somewhere.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod contract;
mod links;
mod outputs;
mod snippets;
mod tables;
