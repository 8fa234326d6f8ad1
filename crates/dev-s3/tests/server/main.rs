//! The server over a real socket, by a client and a signer that share no code with it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod acl;
mod binary;
mod checksums;
mod directory;
mod faults;
mod journal;
mod listing;
mod multipart;
mod objects;
mod signatures;
mod support;
