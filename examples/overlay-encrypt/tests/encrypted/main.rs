//! The overlay as a host has it: the built library, on the bases that come with Longshore.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod contract;
mod damage;
mod ending;
mod options;
mod plain;
mod project;
mod ranges;
mod served;
mod storing;
mod urls;
