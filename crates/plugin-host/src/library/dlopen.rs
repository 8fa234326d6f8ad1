//! The one place that maps a library into the process.
#![expect(unsafe_code, reason = "dlopen and dlsym have no safe form")]

use std::mem::ManuallyDrop;
use std::path::Path;

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

/// `RTLD_NODELETE` of Linux, the same number on every architecture; libloading does not name it.
const RTLD_NODELETE: std::ffi::c_int = 0x1000;

/// A mapped library. It is never closed: threads, thread-local destructors and callbacks of a Rust library can point
/// into it until the process ends.
pub(super) struct Handle(ManuallyDrop<Library>);

/// Maps the library at `path` and runs its constructors.
pub(super) fn open(path: &Path) -> Result<Handle, libloading::Error> {
    // SAFETY: the constructors of a library may do anything. `library::open` and its checks establish that trust for
    // the file, and no process can change the copy at `path`. The loader owns the mapping until the process ends:
    // `NODELETE` and `ManuallyDrop` keep termination routines from running earlier.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) }?;
    Ok(Handle(ManuallyDrop::new(library)))
}

impl Handle {
    /// The address of an exported symbol; `None` if the symbol exists and its address is null.
    pub(super) fn symbol(&self, name: &str) -> Result<Option<*const ()>, libloading::Error> {
        // SAFETY: the symbol is returned as a bare address. Nothing reads or calls it here, and no type is claimed. The
        // library owns the memory behind the address and is never unmapped: the address stays valid until the process
        // ends.
        let symbol = unsafe { self.0.get::<*const ()>(name) }?;
        let address = symbol.as_raw_ptr().cast_const().cast::<()>();
        Ok((!address.is_null()).then_some(address))
    }
}
