//! Configures, locates, loads and holds Longshore storage providers: for any program that hosts them.

#![deny(unsafe_code)]

pub mod config;
pub mod library;
pub mod locate;
