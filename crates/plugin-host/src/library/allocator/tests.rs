use std::alloc::{GlobalAlloc, Layout, System};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::slice;

use super::{FOREIGN, marked, remarked, unmarked};

fn layouts() -> impl Iterator<Item = Layout> {
    let sizes = [1, 7, 8, 15, 16, 24, 100, 4096, 200_000];
    let alignments = [1, 2, 4, 8, 16, 32, 64, 4096];
    sizes.into_iter().flat_map(move |size| alignments.map(|align| Layout::from_size_align(size, align).unwrap()))
}

#[test]
fn every_block_is_aligned_and_as_large_as_it_was_asked_for() {
    for layout in layouts() {
        // SAFETY: only this test owns the block, and frees it with the layout of its allocation.
        unsafe {
            let block = marked(layout, System::alloc);
            assert!(block.addr().is_multiple_of(layout.align()), "{layout:?}");
            slice::from_raw_parts_mut(block, layout.size()).fill(0xff);
            unmarked(block, layout);
        }
    }
}

#[test]
fn a_block_with_zeros_has_nothing_else() {
    for layout in layouts() {
        // SAFETY: as above; memory that is zero is initialised.
        unsafe {
            let block = marked(layout, System::alloc_zeroed);
            assert!(slice::from_raw_parts(block, layout.size()).iter().all(|byte| *byte == 0), "{layout:?}");
            unmarked(block, layout);
        }
    }
}

#[test]
fn a_block_that_grows_or_shrinks_keeps_its_bytes_its_alignment_and_its_mark() {
    for layout in layouts() {
        for size in [1, 16, 33, 5000, 400_000] {
            let kept = layout.size().min(size);
            // SAFETY: as above. After the change the block is freed with its new size.
            unsafe {
                let block = marked(layout, System::alloc);
                slice::from_raw_parts_mut(block, layout.size()).fill(0x5a);
                let block = remarked(block, layout, size);
                assert!(block.addr().is_multiple_of(layout.align()), "{layout:?} to {size}");
                assert!(slice::from_raw_parts(block, kept).iter().all(|byte| *byte == 0x5a), "{layout:?} to {size}");
                unmarked(block, Layout::from_size_align(size, layout.align()).unwrap());
            }
        }
    }
}

#[test]
fn what_is_larger_than_memory_can_be_is_not_given() {
    let layout = Layout::from_size_align(isize::MAX.cast_unsigned(), 1).unwrap();
    // SAFETY: the call returns no block, and the test uses none.
    assert!(unsafe { marked(layout, System::alloc) }.is_null());
}

const LAYOUT: Layout = Layout::new::<[u64; 8]>();

/// The output of a process that runs the test `name`, one of the tests below that end their process.
fn ended(name: &str) -> Output {
    let name = format!("library::allocator::tests::{name}");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--nocapture", "--exact", &name]).output().unwrap()
}

fn aborted(name: &str, told: &str) {
    let output = ended(name);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), Some(6), "{name}: {error}");
    assert!(error.contains(told), "{name}: {error}");
}

#[test]
fn what_the_host_did_not_give_it_neither_takes_nor_changes() {
    aborted("a_block_of_the_system_s_is_freed_by_the_host", FOREIGN);
    aborted("a_block_of_the_system_s_is_resized_by_the_host", FOREIGN);
    aborted("a_block_of_the_host_s_is_freed_twice", FOREIGN);
}

#[test]
#[cfg(target_env = "gnu")]
fn what_the_host_gave_the_system_neither_takes_nor_changes() {
    aborted("a_block_of_the_host_s_is_freed_by_the_system", "free(): invalid pointer");
    aborted("a_block_of_the_host_s_is_resized_by_the_system", "realloc(): invalid pointer");
}

#[test]
#[ignore = "it ends its process"]
fn a_block_of_the_system_s_is_freed_by_the_host() {
    // SAFETY: the call breaks the contract on purpose, and the process ends because of that.
    unsafe { unmarked(System.alloc(LAYOUT), LAYOUT) }
}

#[test]
#[ignore = "it ends its process"]
fn a_block_of_the_system_s_is_resized_by_the_host() {
    // SAFETY: as above.
    unsafe { remarked(System.alloc(LAYOUT), LAYOUT, 100) };
}

#[test]
#[ignore = "it ends its process"]
fn a_block_of_the_host_s_is_freed_twice() {
    // SAFETY: as above. The freed block stays readable, because the system keeps small blocks mapped.
    unsafe {
        let block = marked(LAYOUT, System::alloc);
        unmarked(block, LAYOUT);
        unmarked(block, LAYOUT);
    }
}

#[test]
#[ignore = "it ends its process"]
fn a_block_of_the_host_s_is_freed_by_the_system() {
    // SAFETY: as above.
    unsafe { System.dealloc(marked(LAYOUT, System::alloc), LAYOUT) }
}

#[test]
#[ignore = "it ends its process"]
fn a_block_of_the_host_s_is_resized_by_the_system() {
    // SAFETY: as above.
    unsafe { System.realloc(marked(LAYOUT, System::alloc), LAYOUT, 100) };
}
