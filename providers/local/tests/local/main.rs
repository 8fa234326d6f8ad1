//! The provider as a host sees it, on folders of its own.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod contract;
mod ending;
mod fixture;
mod full_disk;
mod keys;
mod links;
mod listing;
mod options;
mod reading;
mod storing;
