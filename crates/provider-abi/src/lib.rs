//! The wire types between a Longshore host and its providers, generation by generation.

pub mod note;
pub mod v1;

mod open_error;

pub use abi_stable::std_types::{RString, RVec};
pub use async_ffi::{FfiFuture, FutureExt};
pub use open_error::OpenError;

/// Ends a panic for good: its payload may panic in turn when it is dropped, and is then leaked.
pub fn forget_payload(payload: Box<dyn std::any::Any + Send>) {
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(payload)));
    if let Err(second) = dropped {
        std::mem::forget(second);
    }
}
