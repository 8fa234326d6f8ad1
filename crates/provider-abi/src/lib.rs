//! The wire types between a Longshore host and its providers, generation by generation.
//!
//! Neither authors nor applications use this crate: authors depend on `longshore-provider`, which puts ordinary
//! async traits in front of it. It alone names abi_stable and async-ffi, and it is a border with these rules:
//!
//! - **Memory.** What one side makes, that side frees. Bytes cross as a pointer with an owner and a function to drop
//!   the owner ([`v1::WireBytes`]); text and vectors as abi_stable's, which carry their own functions; a provider
//!   and the host's services as counted references. Libraries are never unloaded, so a function pointer stays good.
//! - **Panics.** None may cross. Author code runs within an unwind boundary on the side that it belongs to (in
//!   `longshore-provider`, for both sides), and everything here that calls into the other side expects that. What
//!   gets past the unwind boundary (a panic in the `Drop` of a chunk's owner) is caught here.
//! - **Threads and runtimes.** A future or stream may be polled and dropped on any thread of the other side. Its
//!   owner enters its own runtime around each poll.
//! - **Versions.** A released generation is a module that never changes again ([`v1`]). abi_stable compares the layout
//!   of every type when a library is opened, and refuses what does not match. The host picks the generation by the
//!   library's [`manifest`], newest first.

mod header;
mod open_error;
mod signal_stack;

pub mod manifest;
pub mod v1;

pub use abi_stable::std_types::{RString, RVec};
pub use async_ffi::{FfiFuture, FutureExt};
pub use open_error::OpenError;
pub use signal_stack::give_signal_stack;

/// Ends a panic for good: its payload may panic in turn when it is dropped, and is then leaked.
pub fn forget_payload(payload: Box<dyn std::any::Any + Send>) {
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(payload)));
    if let Err(second) = dropped {
        std::mem::forget(second);
    }
}
