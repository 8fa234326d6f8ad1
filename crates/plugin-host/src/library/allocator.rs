//! A global allocator for hosts that test a provider: the system's allocator, with an optional check that every freed
//! block is its own.
//!
//! A provider's library has its own allocator, which usually is the system's, as in the host. If one side frees memory
//! of the other, the error then goes unnoticed until one of them uses a different allocator. `provider validate`
//! therefore starts hosts that put a mark in front of each block. The system's `free` rejects a block with a mark,
//! because the system did not return that address. The host's allocator rejects a block without a mark, because the
//! library allocated it.
#![expect(unsafe_code, reason = "an allocator is unsafe to write")]

#[cfg(test)]
mod tests;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicU8, Ordering};

/// The variable that switches the marks on, in a process that starts with it.
pub const MARKED_MEMORY: &str = "LONGSHORE_MARKED_MEMORY";

/// The type for a program's `#[global_allocator]`. Without [`MARKED_MEMORY`] it is the system's allocator.
#[derive(Debug)]
pub struct MarkingAllocator;

/// Whether this program's allocator marks its blocks.
pub fn is_marking() -> bool {
    MODE.load(Ordering::Relaxed) == MARKING
}

/// The mode stays the same from the first block to the last, because a block must be freed in the mode in which it was
/// allocated. The first allocation sets it. A process has only one thread at that time, because starting a thread
/// allocates, and later reads therefore need no ordering.
static MODE: AtomicU8 = AtomicU8::new(UNKNOWN);
const UNKNOWN: u8 = 0;
const PLAIN: u8 = 1;
const MARKING: u8 = 2;

/// Precedes each block. The C library's `free` and `realloc` expect the size of a block at this position. The mark is
/// no valid size: it is larger than the rest of the address space and no multiple of 16. Only flag bit 0 is set: glibc
/// takes the block neither for a mapped block nor for a block of another arena.
const MARK: usize = !0x4c53_4836;
/// Replaces [`MARK`] when the block is freed.
const FREED: usize = !0x4c53_4826;

// SAFETY: without marks every call goes to the system's allocator. With marks, the blocks also come from the system,
// and each is larger than requested by the room for a mark. The returned address lies behind that room, whose size is a
// multiple of the alignment. `MODE` never changes after the first block: each block is freed in the mode in which it
// was allocated.
unsafe impl GlobalAlloc for MarkingAllocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_plain() {
            // SAFETY: by the caller's word; the caller owns the block until it gives it back.
            return unsafe { System.alloc(layout) };
        }
        // SAFETY: as above.
        unsafe { first_or_marked(layout, System::alloc) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_plain() {
            // SAFETY: by the caller's word; the caller owns the block until it gives it back.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: as above. New pages of the kernel are zero already, and only the mark is written to them.
        unsafe { first_or_marked(layout, System::alloc_zeroed) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if is_plain() {
            // SAFETY: by the caller's word; from here on the system owns the block.
            return unsafe { System.dealloc(block, layout) };
        }
        // SAFETY: as above. A block exists, and the mode is therefore decided.
        unsafe { unmarked(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if is_plain() {
            // SAFETY: by the caller's word; the system owns the old block, and the caller the new one.
            return unsafe { System.realloc(block, layout, size) };
        }
        // SAFETY: as in `dealloc`.
        unsafe { remarked(block, layout, size) }
    }
}

/// The only cost of an allocation in addition to the system's own.
#[inline]
fn is_plain() -> bool {
    MODE.load(Ordering::Relaxed) == PLAIN
}

/// # Safety
///
/// As for [`GlobalAlloc::alloc`]; `alloc` is the system's, with or without zeros.
#[cold]
#[inline(never)]
unsafe fn first_or_marked(layout: Layout, alloc: unsafe fn(&System, Layout) -> *mut u8) -> *mut u8 {
    if !is_marking() {
        decide();
    }
    // SAFETY: by this function's contract; the caller owns the block until it gives it back.
    unsafe { if is_plain() { alloc(&System, layout) } else { marked(layout, alloc) } }
}

/// Decides the mode at the first block of the process.
fn decide() {
    // If the variable is set, reading it allocates. That block comes from the system unmarked, and is freed before
    // marking begins.
    MODE.store(PLAIN, Ordering::Relaxed);
    let marking = std::env::var_os(MARKED_MEMORY).is_some();
    if marking {
        MODE.store(MARKING, Ordering::Relaxed);
    }
}

/// The layout with room for a mark in front, and the size of that room. The size is a multiple of the alignment and of
/// the alignment of C's `malloc`.
fn with_room(layout: Layout, size: usize) -> Option<(Layout, usize)> {
    let room = layout.align().max(2 * size_of::<usize>());
    let larger = Layout::from_size_align(size.checked_add(room)?, layout.align()).ok()?;
    Some((larger, room))
}

/// # Safety
///
/// As for [`first_or_marked`].
unsafe fn marked(layout: Layout, alloc: unsafe fn(&System, Layout) -> *mut u8) -> *mut u8 {
    let Some((larger, room)) = with_room(layout, layout.size()) else { return std::ptr::null_mut() };
    // SAFETY: the size is more than 0, as there is room for the mark.
    let start = unsafe { alloc(&System, larger) };
    // SAFETY: a block of `larger` begins at `start`, and no other code has its address yet.
    if start.is_null() { start } else { unsafe { mark(start, room) } }
}

/// # Safety
///
/// As for [`GlobalAlloc::dealloc`].
#[cold]
#[inline(never)]
unsafe fn unmarked(block: *mut u8, layout: Layout) {
    // SAFETY: the caller guarantees that this allocator returned the block. If a library broke that rule, the process
    // ends here.
    let Some((larger, room)) = (unsafe { examine(block, layout) }) else { foreign() };
    // SAFETY: the mark proves that the block is from this allocator: `larger` bytes of the system, which owns them
    // again from here on.
    unsafe {
        // Volatile, because the compiler removes a write to memory that is freed right after it.
        place(block).write_volatile(FREED);
        System.dealloc(block.sub(room), larger);
    }
}

/// # Safety
///
/// As for [`GlobalAlloc::realloc`].
#[cold]
#[inline(never)]
unsafe fn remarked(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    // SAFETY: as in `unmarked`.
    let Some((larger, room)) = (unsafe { examine(block, layout) }) else { foreign() };
    let Some((wanted, _)) = with_room(layout, size) else { return std::ptr::null_mut() };
    // SAFETY: as in `unmarked`. If the system has no memory, the block stays as it is, with its mark.
    let start = unsafe { System.realloc(block.sub(room), larger, wanted.size()) };
    // SAFETY: a block of `wanted` begins at `start`, and only the caller owns it.
    if start.is_null() { start } else { unsafe { mark(start, room) } }
}

/// Marks the block that begins at `start`, and returns the address behind the room for the mark.
///
/// # Safety
///
/// `start` is a block of the system for a layout of [`with_room`], which also returned `room`.
unsafe fn mark(start: *mut u8, room: usize) -> *mut u8 {
    // SAFETY: the room lies within the block, and is large enough for a `usize`.
    unsafe {
        let block = start.add(room);
        place(block).write(MARK);
        block
    }
}

/// The layout and the room of `block` as the system allocated it; `None` if the mark is missing.
///
/// # Safety
///
/// The memory before `block` is readable: a block of this allocator has room there, a block of C's `malloc` its size.
unsafe fn examine(block: *mut u8, layout: Layout) -> Option<(Layout, usize)> {
    // SAFETY: by this function's contract. The alignment of a foreign block is unknown.
    let found = unsafe { place(block).read_unaligned() };
    with_room(layout, layout.size()).filter(|_| found == MARK)
}

/// The address of the mark of `block`.
///
/// # Safety
///
/// As for [`examine`].
unsafe fn place(block: *mut u8) -> *mut usize {
    // SAFETY: by this function's contract.
    unsafe { block.sub(size_of::<usize>()).cast() }
}

/// The message on standard error before the process aborts. The parent process searches for it.
pub const FOREIGN: &str =
    "memory that the host's allocator did not give, or has taken back already, was freed by the host";

/// Aborts the process. Nothing here may allocate, and standard error is not buffered.
#[cold]
fn foreign() -> ! {
    let mut error = std::io::stderr();
    let _ = error.write_all(FOREIGN.as_bytes()).and_then(|()| error.write_all(b"\n"));
    std::process::abort()
}
