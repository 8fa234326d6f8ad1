//! The provider against a server, over a socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod direct_put;
mod environment;
mod failing;
mod lost;
mod options;
mod private;
mod reading;
mod setup;
mod signing;
mod tracing;
mod uploading;
