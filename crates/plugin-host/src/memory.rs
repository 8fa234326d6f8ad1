//! What the C library does with memory that was freed.
#![expect(unsafe_code, reason = "the C library's settings are functions of C")]

/// From this size on, a block of memory is mapped by itself and unmapped when it is freed. It is glibc's initial threshold.
const THRESHOLD: libc::c_int = 128 * 1024;

/// Makes the C library give memory back to the system when it is freed.
///
/// glibc raises its thresholds each time that a large block is freed, up to 32 MiB. Images and the parts of uploads then
/// come from heaps that keep everything below the last block in use: after a load, 61 to 180 MiB were kept that nobody
/// used. Setting the thresholds switches that off. The setting reaches the providers too, whose libraries use the same C
/// library. A program calls this once, before it starts threads. With another C library it does nothing.
pub fn return_freed_memory() {
    #[cfg(target_env = "gnu")]
    for parameter in [libc::M_MMAP_THRESHOLD, libc::M_TRIM_THRESHOLD] {
        // SAFETY: both parameters take any positive number, and `mallopt` locks what it changes.
        unsafe { libc::mallopt(parameter, THRESHOLD) };
    }
}
