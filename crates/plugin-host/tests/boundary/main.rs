//! The boundary, through real libraries that are loaded as a host loads them.

mod cancellation;
mod generations;
mod logging;
mod overlays;
mod panics;
mod project;
mod streams;
