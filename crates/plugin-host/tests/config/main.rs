//! The configuration, through its public interface.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod dotenv;
mod editor;
mod expansion;
mod files;
mod layers;
mod longshore;
mod mask;
mod overrides;
mod project;
mod random;
mod schema;
mod show;
mod template;
mod upload;
