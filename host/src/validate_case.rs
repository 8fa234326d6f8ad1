//! `longshore-validate-case`: runs one case of `longshore provider validate`, with an allocator that can mark its blocks.

#![forbid(unsafe_code)]

use longshore_plugin_host::library::allocator::MarkingAllocator;

#[global_allocator]
static ALLOCATOR: MarkingAllocator = MarkingAllocator;

fn main() -> std::process::ExitCode {
    longshore::validate_case()
}
