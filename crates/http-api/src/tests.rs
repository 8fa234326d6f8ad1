//! The server over a socket, with a library of its own and a provider that keeps files in memory.

mod bodies;
mod browsers;
mod client;
mod described;
mod disconnects;
mod errors;
mod listing;
mod permissions;
pub(crate) mod provider;
pub(crate) mod server;
mod slow;
mod static_files;
mod stopping;
mod uploading;
