//! Tests of the server over a socket, each with its own library and an in-memory provider.

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
mod strapi;
mod uploading;
