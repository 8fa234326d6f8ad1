//! From the address of an exported symbol to the module behind it, for any generation.

use abi_stable::library::{AbiHeaderRef, LibraryError, RootModule};

use crate::OpenError;

/// Opens the module behind an exported header, after abi_stable has compared the layout of every type in it.
///
/// # Safety
///
/// `header` is the address of a symbol that a manifest names as a header, in a library that stays loaded for the rest
/// of the process.
#[expect(unsafe_code, reason = "turns an address into a header")]
pub(crate) unsafe fn open_as<M: RootModule>(header: *const ()) -> Result<M, OpenError> {
    // SAFETY: `AbiHeaderRef` is a transparent reference to the header's first 40 bytes, which by this function's
    // contract stay mapped for ever; `upgrade` checks them before it looks further.
    let header = unsafe { std::mem::transmute::<*const (), AbiHeaderRef>(header) };
    let header = header.upgrade().map_err(|error| into_open_error(&error))?;
    header.init_root_module::<M>().map_err(|error| into_open_error(&error))
}

/// The one sentence that matters, and abi_stable's report for those who want it all.
fn into_open_error(error: &LibraryError) -> OpenError {
    let summary = match error {
        LibraryError::InvalidAbiHeader(_) => "the exported header was not made by abi_stable 0.11",
        LibraryError::IncompatibleVersionNumber { .. } => "the interface crate has another major version",
        LibraryError::AbiInstability(_) => "its types are laid out differently from what its manifest says",
        LibraryError::RootModule { .. } => "making the module failed",
        _ => "the exported header cannot be used",
    };
    OpenError::new(summary, error.to_string())
}
