//! The host's global allocator: the system's, and on request one that takes back nothing that it did not give.
//!
//! A library has an allocator of its own, and most have the system's, as the host has. Whoever frees what the other side
//! made then gets away with it, until one of the two has another. So the processes of `provider validate` are made
//! hosts with another: each of its blocks stands behind a mark. The system's `free` takes no address that the system did
//! not give, and what a library made has no mark.
#![expect(unsafe_code, reason = "an allocator is unsafe to write")]

#[cfg(test)]
mod tests;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicU8, Ordering};

/// The variable that switches the marks on, in a process that starts with it.
pub const MARKED_MEMORY: &str = "LONGSHORE_MARKED_MEMORY";

/// What a program names as its `#[global_allocator]`. Without [`MARKED_MEMORY`] it is the system's.
#[derive(Debug)]
pub struct HostAllocator;

/// Whether this program's allocator marks what it gives.
pub fn is_marking() -> bool {
    MODE.load(Ordering::Relaxed) == MARKING
}

/// The same from the first block on to the last: a block is taken back as it was given. It is written before there is a
/// second thread, as making one allocates; so whoever reads it later needs no ordering.
static MODE: AtomicU8 = AtomicU8::new(UNKNOWN);
const UNKNOWN: u8 = 0;
const PLAIN: u8 = 1;
const MARKING: u8 = 2;

/// Stands right before each block. The C library's `free` and `realloc` look there for the size of a block, and this is
/// none: it is larger than what is left of the address space, and no multiple of 16 with one flag (1) that means nothing.
const MARK: usize = !0x4c53_4836;
/// In its place when the block was taken back.
const FREED: usize = !0x4c53_4826;

// SAFETY: without marks every call is the system's. With them, blocks are the system's too, owned by it until this takes
// them back: each is larger by its room, and what is given begins behind that, a multiple of the alignment further on.
// `MODE` never changes between the two, so each block is taken back as it was given.
unsafe impl GlobalAlloc for HostAllocator {
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
        // SAFETY: as above. Pages that the kernel gives are zero already, and are not touched but for the mark.
        unsafe { first_or_marked(layout, System::alloc_zeroed) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if is_plain() {
            // SAFETY: by the caller's word; from here on the system owns the block.
            return unsafe { System.dealloc(block, layout) };
        }
        // SAFETY: as above. That there is a block means that it was decided what blocks are.
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

/// All that an allocation costs beside the system's own.
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

/// Finds out, at the first block of the process, what blocks are.
fn decide() {
    // Reading the variable allocates when it is there. That is the system's, and is given back before anything is marked.
    MODE.store(PLAIN, Ordering::Relaxed);
    let marking = std::env::var_os(MARKED_MEMORY).is_some();
    if marking {
        MODE.store(MARKING, Ordering::Relaxed);
    }
}

/// The layout with room for a mark in front, and how much room that is: a multiple of the alignment, and of what C's
/// `malloc` aligns to.
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
    // SAFETY: a block of `larger` begins at `start`, and is nobody else's yet.
    if start.is_null() { start } else { unsafe { mark(start, room) } }
}

/// # Safety
///
/// As for [`GlobalAlloc::dealloc`].
#[cold]
#[inline(never)]
unsafe fn unmarked(block: *mut u8, layout: Layout) {
    // SAFETY: by the caller's word this gave the block, if the host keeps the rule; else the process ends here.
    let Some((larger, room)) = (unsafe { examine(block, layout) }) else { foreign() };
    // SAFETY: the mark says that this gave the block: `larger` bytes of the system's, which owns them again from here on.
    unsafe {
        // Volatile, as the compiler knows that nobody reads what is freed.
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
    // SAFETY: as in `unmarked`; when the system has no memory the block stays as it is, with its mark.
    let start = unsafe { System.realloc(block.sub(room), larger, wanted.size()) };
    // SAFETY: a block of `wanted` begins at `start`, and is the caller's alone.
    if start.is_null() { start } else { unsafe { mark(start, room) } }
}

/// Marks the block that begins at `start`, and gives what stands behind its room.
///
/// # Safety
///
/// `start` is the system's block for a layout of [`with_room`], which `room` is of.
unsafe fn mark(start: *mut u8, room: usize) -> *mut u8 {
    // SAFETY: the room is within the block, and has place for a number.
    unsafe {
        let block = start.add(room);
        place(block).write(MARK);
        block
    }
}

/// What the system is to take for `block`; `None` if the mark is not there.
///
/// # Safety
///
/// What stands before `block` can be read: before a block of this there is room, before one of C's `malloc` its size.
unsafe fn examine(block: *mut u8, layout: Layout) -> Option<(Layout, usize)> {
    // SAFETY: by this function's contract. Who knows how a stranger's block is aligned.
    let found = unsafe { place(block).read_unaligned() };
    with_room(layout, layout.size()).filter(|_| found == MARK)
}

/// Where the mark of `block` stands.
///
/// # Safety
///
/// As for [`examine`].
unsafe fn place(block: *mut u8) -> *mut usize {
    // SAFETY: by this function's contract.
    unsafe { block.sub(size_of::<usize>()).cast() }
}

/// What is said before the process ends. Whoever started it looks for this.
pub const FOREIGN: &str =
    "memory that the host's allocator did not give, or has taken back already, was freed by the host";

/// Ends the process. Nothing is allocated, and standard error has no buffer.
#[cold]
fn foreign() -> ! {
    let mut error = std::io::stderr();
    let _ = error.write_all(FOREIGN.as_bytes()).and_then(|()| error.write_all(b"\n"));
    std::process::abort()
}
