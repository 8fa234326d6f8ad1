//! Reports the provider and the method on one line when a provider ends the process.
//!
//! The report never keeps the process alive. If a provider calls `exit`, only the exit status changes; a crash stays
//! the same crash. There is no report if a library calls `_exit`, which runs no handler, or exhausts the stack of a thread that
//! the author started: only the threads of the library's runtime have a second stack for the handler.
#![expect(unsafe_code, reason = "exit handlers, signal handlers and `_exit` have no safe form")]

use std::{
    ffi::{c_int, c_void},
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicI32, Ordering},
    },
};

use longshore_provider_abi::v1::WireWatcher;

/// The largest number of libraries whose calls are reported.
const LIBRARIES: usize = 64;

/// The signals of a crash, with their names.
const CRASHES: [(c_int, &str); 5] = [
    (libc::SIGSEGV, "SIGSEGV"),
    (libc::SIGABRT, "SIGABRT"),
    (libc::SIGBUS, "SIGBUS"),
    (libc::SIGILL, "SIGILL"),
    (libc::SIGFPE, "SIGFPE"),
];

static ASKED: [OnceLock<WireWatcher>; LIBRARIES] = [const { OnceLock::new() }; LIBRARIES];

/// Whether the program itself is about to end.
static IS_EXPECTED: AtomicBool = AtomicBool::new(false);

/// The exit status if a provider ends the process.
static STATUS: AtomicI32 = AtomicI32::new(1);

/// The former handler of each signal of [`CRASHES`].
static BEFORE: [OnceLock<libc::sigaction>; CRASHES.len()] = [const { OnceLock::new() }; CRASHES.len()];

/// Registers a library, whose calls the report then contains.
pub(crate) fn ask(library: WireWatcher) {
    let _ = ASKED.iter().find(|slot| slot.set(library).is_ok());
}

/// From the moment that this value is dropped, the end of the program is expected.
#[derive(Debug)]
#[must_use = "from the moment it is dropped, the end of the program is expected"]
pub struct ExitWatch(());

impl Drop for ExitWatch {
    fn drop(&mut self) {
        IS_EXPECTED.store(true, Ordering::SeqCst);
    }
}

/// Until the result is dropped, a process that a provider ends by `exit` ends with `status`. Its last line names the
/// provider and the method, as the last line of a crash does. A program's `main` calls this function once.
pub fn watch_exit(status: i32) -> ExitWatch {
    STATUS.store(status, Ordering::SeqCst);
    // SAFETY: `at_exit` is a function of this program, which is never unmapped, does not unwind and takes no arguments.
    unsafe { libc::atexit(at_exit) };
    for ((signal, _), before) in CRASHES.iter().zip(&BEFORE) {
        // SAFETY: `sigaction` is plain data, for which all zeros are a value. Both pointers are valid during the call.
        // `on_crash` has the signature that `SA_SIGINFO` requires, and calls only functions that are safe in a signal
        // handler.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_crash as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            let mut old: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(*signal, &raw const action, &raw mut old) == 0 {
                let _ = before.set(old);
            }
        }
    }
    ExitWatch(())
}

/// Ends the process at once, without flushing, dropping or waiting for anything.
pub fn exit_at_once(status: i32) -> ! {
    // SAFETY: `_exit` may be called at any time, and does not return.
    unsafe { libc::_exit(status) }
}

extern "C" fn at_exit() {
    if !IS_EXPECTED.load(Ordering::SeqCst) {
        say(&["the process was ended by a call of `exit`"]);
        exit_at_once(STATUS.load(Ordering::SeqCst));
    }
}

extern "C" fn on_crash(signal: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    let at = CRASHES.iter().position(|(crash, _)| *crash == signal);
    say(&["the process crashed by ", at.map_or("a signal", |at| CRASHES[at].1)]);
    // SAFETY: the pointers are valid during the call, `info` comes from the kernel, and all functions that are called
    // are safe in a signal handler. A fault occurs again when this handler returns, and the former handler then
    // receives it: Rust's own handler reports a stack overflow. A signal that a process sent does not occur again. It
    // is therefore raised once more for the default action, and stays pending until this handler returns.
    unsafe {
        let was_sent = (*info).si_code <= 0;
        let mut default: libc::sigaction = std::mem::zeroed();
        default.sa_sigaction = libc::SIG_DFL;
        let before = at.and_then(|at| BEFORE[at].get()).filter(|_| !was_sent);
        libc::sigaction(signal, before.map_or(&raw const default, std::ptr::from_ref), std::ptr::null_mut());
        if was_sent {
            libc::raise(signal);
        }
    }
}

/// Writes one line to standard error from a buffer on the stack.
fn say(what: &[&str]) {
    let mut line = Line { text: [0; 1024], length: 0 };
    line.add("error: ");
    for part in what {
        line.add(part);
    }
    line.add_calls();
    line.add("\n");
    // SAFETY: the buffer has that many bytes.
    unsafe { libc::write(libc::STDERR_FILENO, line.text.as_ptr().cast(), line.length) };
}

struct Line {
    text: [u8; 1024],
    length: usize,
}

impl Line {
    fn add(&mut self, text: &str) {
        let room = &mut self.text[self.length..];
        let some = text.len().min(room.len());
        room[..some].copy_from_slice(&text.as_bytes()[..some]);
        self.length += some;
    }

    /// Adds the provider and the method of each call that this thread was in. The call of an overlay comes with the
    /// call of its base.
    fn add_calls(&mut self) {
        // SAFETY: `gettid` has no preconditions.
        let thread = u32::try_from(unsafe { libc::gettid() }).unwrap_or(0);
        let (mut is_known, length) = (false, self.length);
        for library in ASKED.iter().map_while(OnceLock::get) {
            let before = self.length;
            self.add(if is_known { " and in " } else { " in " });
            // The last bytes of the buffer are reserved for the end of the line.
            let end = self.text.len() - 64;
            let room = self.text.get_mut(self.length..end).unwrap_or_default();
            match library.describe_call(thread, room) {
                0 => self.length = before,
                some => {
                    self.length += some;
                    is_known = true;
                }
            }
        }
        if !is_known {
            self.length = length;
            self.add(", outside of every known call of a provider");
        }
    }
}
