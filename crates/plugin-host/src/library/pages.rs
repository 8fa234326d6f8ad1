//! Gives back the memory of code that only the start needed.
#![expect(unsafe_code, reason = "the kernel takes the mappings back by their addresses")]

use std::fs;
use std::io;

use rustix::mm::{Advice, madvise};

/// Takes the code of the program and of the providers' libraries out of the process's resident memory, and gives how many
/// bytes that were.
///
/// Reading configuration, schemas and certificates runs through megabytes of code that is not run again, and the kernel
/// maps what stands around it as well. All of it stays in the kernel's cache of the files (or in the sealed memory that a
/// library was copied to), so whatever does run again is back without being read: a program that begins to wait calls
/// this once. Under a debugger it does nothing: breakpoints are changes of the code that would be lost.
///
/// # Errors
///
/// The system does not tell what is mapped.
pub fn release_code() -> io::Result<u64> {
    let maps = fs::read_to_string("/proc/self/smaps")?;
    let program = fs::read_link("/proc/self/exe")?;
    let stays = |mapping: &Mapping| Some(mapping.path) == program.to_str() || mapping.path.starts_with(SNAPSHOT);
    let mut released = 0;
    for mapping in mappings(&maps).filter(|mapping| mapping.is_clean_code() && stays(mapping)) {
        let start = std::ptr::with_exposed_provenance_mut(mapping.start);
        // SAFETY: the kernel owns the mapping, and it stays mapped as it is: it is of the program itself, or of a provider's
        // library, and neither is ever unloaded. Its pages were not written to, so the kernel has the same bytes for
        // whoever reads one again, another thread that runs it now included.
        if unsafe { madvise(start, mapping.end - mapping.start, Advice::LinuxDontNeed) }.is_ok() {
            released += mapping.resident;
        }
    }
    Ok(released)
}

/// How the system names the memory that a library was copied to.
const SNAPSHOT: &str = "/memfd:longshore-provider";

/// What `smaps` says of a mapping; see `proc_pid_smaps(5)`.
#[derive(Debug, Default, PartialEq)]
struct Mapping<'a> {
    start: usize,
    end: usize,
    /// Of what file.
    path: &'a str,
    /// Read, executed, and private.
    is_code: bool,
    /// In bytes.
    resident: u64,
    /// Pages that are no more those of the file, in bytes; some may be swapped out.
    changed: u64,
}

impl Mapping<'_> {
    fn is_clean_code(&self) -> bool {
        self.is_code && self.changed == 0 && self.resident > 0
    }
}

fn mappings(smaps: &str) -> impl Iterator<Item = Mapping<'_>> {
    let mut lines = smaps.lines().peekable();
    std::iter::from_fn(move || {
        let mut mapping = lines.next().and_then(first_line)?;
        while let Some(line) = lines.next_if(|line| first_line(line).is_none()) {
            let bytes = |rest: &str| {
                rest.trim().strip_suffix(" kB").and_then(|count| count.parse().ok()).map(|kib: u64| kib * 1024)
            };
            match line.split_once(':') {
                Some(("Rss", rest)) => mapping.resident = bytes(rest)?,
                Some(("Anonymous" | "Swap", rest)) => mapping.changed += bytes(rest)?,
                _ => {}
            }
        }
        Some(mapping)
    })
}

/// `7f00-7f10 r-xp 00000000 00:01 1234   /path`.
fn first_line(line: &str) -> Option<Mapping<'_>> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let (start, end) = (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
    let mut fields = rest.splitn(5, ' ');
    let is_code = fields.next()? == "r-xp";
    let path = fields.nth(3)?.trim_start();
    Some(Mapping { start, end, path, is_code, ..Mapping::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mapped_is_read_with_what_was_changed() {
        let smaps = "\
            55d0-55d8 r--p 00000000 fe:00 7                          /bin/a\n\
            Size:                 32 kB\nRss:                   8 kB\nAnonymous:             4 kB\nVmFlags: rd mr\n\
            55d8-55e0 r-xp 00008000 fe:00 7                          /bin/a with spaces\n\
            Rss:                  12 kB\nAnonymous:             0 kB\nSwap:                  0 kB\nTHPeligible:           0\n\
            55f0-55f8 r-xp 00008000 fe:00 7 /bin/hooked\n\
            Rss:                   4 kB\nAnonymous:             0 kB\nSwap:                  4 kB\nSwapPss: 4 kB\n\
            7ffe-7fff r-xp 00000000 00:00 0 \n\
            Rss:                   4 kB\nAnonymous:             4 kB\n";
        let found: Vec<_> = mappings(smaps).collect();
        assert_eq!(found.len(), 4);
        assert_eq!((found[0].resident, found[0].changed, found[0].is_code), (8192, 4096, false));
        let path = "/bin/a with spaces";
        assert_eq!(
            found[1],
            Mapping { start: 0x55d8, end: 0x55e0, path, is_code: true, resident: 12 * 1024, changed: 0 }
        );
        assert_eq!((found[2].path, found[2].changed, found[3].path), ("/bin/hooked", 4096, ""));
        assert_eq!(found.iter().filter(|mapping| mapping.is_clean_code()).count(), 1);
    }

    #[test]
    fn code_that_was_released_runs_on() {
        assert!(release_code().unwrap() > 0, "this code is resident");
        let sum: u64 = (1..=100_u64).sum();
        assert_eq!(sum, 5050);
        assert!(mappings(&fs::read_to_string("/proc/self/smaps").unwrap()).any(|mapping| mapping.is_clean_code()));
    }
}
