//! The provider against a server, over a socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod environment;
mod failing;
mod lost;
mod options;
mod private;
mod quick;
mod reading;
mod setup;
mod signing;
mod tracing;
mod uploading;
