//! The C library's thresholds for returning freed memory to the system.
#![expect(unsafe_code, reason = "the C library's settings are functions of C")]

/// A block of at least this size is mapped separately, and unmapped when it is freed. The value is glibc's initial
/// threshold.
const THRESHOLD: libc::c_int = 128 * 1024;

/// Makes the C library give memory back to the system when it is freed.
///
/// glibc raises its thresholds each time that a large block is freed, up to 32 MiB. Images and the parts of uploads
/// then come from heaps. A heap keeps all free memory below its last used block: under load, 61 to 180 MiB of
/// unused memory remained. Setting the thresholds disables the automatic increase. The setting also applies to
/// providers, whose libraries use the same C library. A program calls this function once, before it starts threads.
/// With a C library other than glibc the function does nothing.
pub fn return_freed_memory() {
    #[cfg(target_env = "gnu")]
    for parameter in [libc::M_MMAP_THRESHOLD, libc::M_TRIM_THRESHOLD] {
        // SAFETY: both parameters take any positive number, and `mallopt` locks what it changes.
        unsafe { libc::mallopt(parameter, THRESHOLD) };
    }
}
