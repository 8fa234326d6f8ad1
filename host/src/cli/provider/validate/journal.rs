//! The journal of a case: the methods of the provider that ran, for the report of a crash.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Write},
    path::Path,
};

use longshore_provider_testkit::CallEvent;

/// A file with one line for each call that begins (`+upload`) or ends (`-upload`).
pub(super) struct Journal(File);

impl Journal {
    /// A new journal at `path`.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        File::options().create(true).append(true).open(path).map(Self)
    }

    /// Appends a line in a single write: lines of other threads do not mix with it, and a crash loses nothing.
    pub(super) fn record(&self, event: CallEvent) {
        let line = match event {
            CallEvent::Began(method) => format!("+{method}\n"),
            CallEvent::Ended(method) => format!("-{method}\n"),
        };
        // A full disk must not change how the case ends.
        let _ = (&self.0).write_all(line.as_bytes());
    }
}

/// A description of the last calls in the journal at `path`, such as `` while `upload` ran ``; empty if the journal has
/// no calls.
pub(super) fn last_calls(path: &Path) -> String {
    summary(&std::fs::read_to_string(path).unwrap_or_default())
}

fn summary(journal: &str) -> String {
    let mut running = BTreeMap::new();
    let mut last = None;
    for line in journal.lines() {
        if let Some(method) = line.strip_prefix('+') {
            *running.entry(method).or_insert(0_usize) += 1;
        } else if let Some(method) = line.strip_prefix('-') {
            if let Some(count) = running.get_mut(method) {
                *count = count.saturating_sub(1);
            }
            last = Some(method);
        }
    }
    running.retain(|_, count| *count > 0);
    let running: Vec<String> = running.into_keys().map(|method| format!("`{method}`")).collect();
    match (running.is_empty(), last) {
        (false, _) => format!(" while {} ran", running.join(" and ")),
        (true, Some(last)) => format!(" after `{last}` had ended"),
        (true, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_that_ran_are_named() {
        for (journal, expected) in [
            ("", ""),
            ("+init\n-init\n+upload\n", " while `upload` ran"),
            ("+upload\n+open\n+upload\n-upload\n", " while `open` and `upload` ran"),
            ("+init\n-init\n", " after `init` had ended"),
        ] {
            assert_eq!(summary(journal), expected, "{journal:?}");
        }
    }

    #[test]
    fn a_journal_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls");
        let journal = Journal::new(&path).unwrap();
        journal.record(CallEvent::Began("delete"));
        assert_eq!(last_calls(&path), " while `delete` ran");
        journal.record(CallEvent::Ended("delete"));
        assert_eq!(last_calls(&path), " after `delete` had ended");
    }
}
