//! A stack of its own for the signal handlers of a thread.

use std::{
    ffi::c_void,
    ptr::{self, NonNull},
};

/// Large enough for the host's crash handler and for the registers that the kernel saves. Only pages that are used take
/// memory.
const SIZE: usize = 64 * 1024;

thread_local! {
    static STACK: Option<SignalStack> = SignalStack::new();
}

/// Gives the calling thread a stack for signal handlers, until the thread ends.
///
/// std does this for the threads of a program, but not for those that it starts inside of a shared library. Without it,
/// the host's crash handler cannot run, and so cannot name the provider, when such a thread exhausts its stack.
pub fn give_signal_stack() {
    STACK.with(|_| ());
}

/// The memory of the stack. It belongs to this value, and to the kernel while the thread runs.
struct SignalStack(NonNull<c_void>);

impl SignalStack {
    /// `None` if the thread has such a stack already, or if there is no memory: the thread then goes on without one.
    #[expect(unsafe_code, reason = "the system's calls have no safe form")]
    fn new() -> Option<Self> {
        // SAFETY: `stack_t` is plain data, for which all zeros are a value. The pointer is valid during the call, which
        // only reads the present state.
        let has_one = unsafe {
            let mut present: libc::stack_t = std::mem::zeroed();
            libc::sigaltstack(ptr::null(), &raw mut present) != 0 || present.ss_flags & libc::SS_DISABLE == 0
        };
        if has_one {
            return None;
        }
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping at an address that the kernel chooses. It overlaps nothing.
        let memory = unsafe { libc::mmap(ptr::null_mut(), SIZE, access, kind, -1, 0) };
        if memory == libc::MAP_FAILED {
            return None;
        }
        let stack = Self(NonNull::new(memory)?);
        let description = libc::stack_t { ss_sp: memory, ss_flags: 0, ss_size: SIZE };
        // SAFETY: the memory is a mapping of that size. It stays mapped until `drop` has taken it from the kernel.
        let given = unsafe { libc::sigaltstack(&raw const description, ptr::null_mut()) };
        (given == 0).then_some(stack)
    }
}

impl Drop for SignalStack {
    #[expect(unsafe_code, reason = "the system's calls have no safe form")]
    fn drop(&mut self) {
        let none = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: SIZE };
        // SAFETY: a thread-local value is dropped on its own thread, outside of every signal handler: nothing uses the
        // stack. From the first call on the kernel does not use the memory, and the second call gives it back.
        unsafe {
            libc::sigaltstack(&raw const none, ptr::null_mut());
            libc::munmap(self.0.as_ptr(), SIZE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_has_a_stack_keeps_it() {
        // Threads of a program have one from std.
        assert!(std::thread::spawn(|| SignalStack::new().is_none()).join().unwrap());
    }
}
