//! The provider against a server, over a socket.

mod environment;
mod failing;
mod private;
mod reading;
mod setup;
mod signing;
mod uploading;
