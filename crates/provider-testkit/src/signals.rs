//! Names of signals.

use std::collections::BTreeSet;

const NAMES: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

/// The name of a signal on Linux, such as `SIGTERM`.
pub fn signal_name(signal: u32) -> String {
    let name = signal.checked_sub(1).and_then(|index| NAMES.get(usize::try_from(index).ok()?));
    name.map_or_else(|| format!("signal {signal}"), |name| (*name).to_owned())
}

/// The names of the signals in a mask of `/proc/self/status`. The lowest bit stands for signal 1.
pub(crate) fn signal_names(mask: &str) -> BTreeSet<String> {
    let mask = u64::from_str_radix(mask, 16).unwrap_or_default();
    (0..64).filter(|bit| mask >> bit & 1 == 1).map(|bit| signal_name(bit + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_names_its_signals() {
        assert_eq!(signal_names("0000000000004001"), ["SIGHUP", "SIGTERM"].map(str::to_owned).into());
        assert_eq!(signal_names("8000000000000000"), ["signal 64".to_owned()].into());
        assert_eq!(signal_names(""), BTreeSet::new());
    }
}
