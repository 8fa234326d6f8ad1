//! The outcome of a case whose process ended.

use std::{os::unix::process::ExitStatusExt, path::Path, process::ExitStatus};

use longshore_plugin_host::library::allocator::FOREIGN;
use longshore_provider_testkit::{Finding, Outcome, signal_name};

use super::journal::last_calls;
use crate::exit_code::ExitCode;

/// The outcome of a case whose process ended before the case did. `logged` is the standard error of the process, and
/// `journal` the file with its recorded calls.
pub(super) fn crashed(status: ExitStatus, logged: &Path, journal: &Path) -> Outcome {
    let (last, calls) = (last_lines(logged), last_calls(journal));
    let (reason, advice) = match (status.signal(), status.code()) {
        (Some(6), _) if is_about_an_allocator(&last) => (
            format!("the process of the case was ended by {}{calls}: {WRONG_SIDE}", described(6)),
            "drop what the host gave, free none of it yourself, and let the host free nothing of yours; look for \
             `from_raw_parts`, `from_raw` and C's `free` in `unsafe` code",
        ),
        (Some(signal), _) => {
            (format!("the process of the case was ended by {}{calls}", described(signal)), advice_for(signal))
        }
        (None, Some(code)) if code == ExitCode::Ended as i32 => (
            format!("the process of the case was ended by a call of `exit` before the case did{calls}"),
            "never call `std::process::exit`: the process is the host's",
        ),
        (None, Some(code)) => (
            format!("the process of the case ended with exit code {code} before the case did{calls}"),
            "never call `std::process::exit`: the process is the host's",
        ),
        (None, None) => ("the process of the case ended before the case did".to_owned(), "look at what it printed"),
    };
    let finding = Finding::new(reason).expected("a case that ends by itself", last);
    Outcome::Crashed(finding.advice(advice))
}

/// The cause if the last lines contain a message of the host's allocator or of the C library's allocator, which most
/// libraries use.
const WRONG_SIDE: &str = "memory was freed by an allocator that did not give it";

fn is_about_an_allocator(said: &str) -> bool {
    let by_c = ["free(): invalid pointer", "free(): invalid size", "munmap_chunk(): invalid", "realloc(): invalid"];
    by_c.iter().chain(&[FOREIGN]).any(|text| said.contains(text))
}

fn described(signal: i32) -> String {
    format!("signal {signal} ({})", signal_name(signal.unsigned_abs()))
}

fn advice_for(signal: i32) -> &'static str {
    match signal {
        6 => {
            "look for `abort`, a panic within a `Drop` that runs because of a panic, a panic hook of your own, or memory \
             that is freed twice"
        }
        9 => "the system killed it: most likely it took too much memory",
        _ => "look for `unsafe` code in the provider and its dependencies, and for a recursion without end",
    }
}

/// The last lines of the standard error of the process.
pub(super) fn last_lines(logged: &Path) -> String {
    let text = std::fs::read(logged).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(5)..].join("\n");
    if last.is_empty() { "no end, and nothing on standard error".to_owned() } else { last }
}
