//! What this process uses, by what Linux says in `/proc`.

use std::fs;

/// How many threads it has.
pub(crate) fn threads() -> Option<usize> {
    Some(fs::read_dir("/proc/self/task").ok()?.count())
}

/// How many files, sockets and pipes it has open.
pub(crate) fn descriptors() -> Option<usize> {
    // The one that lists them is among them, each time.
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}

/// Bytes of memory in use.
pub(crate) fn memory() -> Option<u64> {
    status("VmRSS:")
}

/// The most bytes of memory in use since [`forget_peak`].
pub(crate) fn peak() -> Option<u64> {
    status("VmHWM:")
}

/// Begins to measure the peak anew. `None` where the system does not let us.
pub(crate) fn forget_peak() -> Option<()> {
    fs::write("/proc/self/clear_refs", "5").ok()
}

/// What belongs to the whole process and not to a library, each with its name.
pub(crate) fn commons() -> Vec<(&'static str, String)> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
    let mut variables: Vec<String> = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
    variables.sort();
    vec![
        ("the working directory", std::env::current_dir().unwrap_or_default().display().to_string()),
        ("the environment", variables.join(" ")),
        ("the umask", line("Umask:")),
        ("the signals that are ignored", line("SigIgn:")),
        ("the signals that are handled", line("SigCgt:")),
    ]
}

/// What is in the folder for temporary files.
pub(crate) fn temporary() -> Vec<String> {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The size of the file that standard output is, if it is one.
pub(crate) fn printed() -> Option<u64> {
    let metadata = fs::metadata("/proc/self/fd/1").ok()?;
    metadata.is_file().then_some(metadata.len())
}

fn status(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells() {
        assert!(threads().unwrap() >= 1);
        let before = descriptors().unwrap();
        let file = fs::File::open("/proc/self/stat").unwrap();
        assert!(descriptors().unwrap() > before || before > 3);
        drop(file);
        assert!(memory().unwrap() > 100 * 1024);
        assert!(peak().unwrap() >= memory().unwrap() / 2);
    }
}
