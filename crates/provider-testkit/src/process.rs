//! The resources of this process, as Linux reports them in `/proc`.

use std::{collections::BTreeSet, fs, os::unix::fs::MetadataExt, path::Path, time::SystemTime};

use crate::signals::signal_names;

/// The number of threads.
pub(crate) fn threads() -> Option<usize> {
    Some(fs::read_dir("/proc/self/task").ok()?.count())
}

/// The number of open files, sockets and pipes.
pub(crate) fn descriptors() -> Option<usize> {
    // Every count includes the descriptor that `read_dir` itself opens.
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}

/// The resident memory in bytes.
pub(crate) fn memory() -> Option<u64> {
    status("VmRSS:")
}

/// The peak of the resident memory in bytes since [`forget_peak`].
pub(crate) fn peak() -> Option<u64> {
    status("VmHWM:")
}

/// Resets the peak of the resident memory. `None` if the system does not permit it.
pub(crate) fn forget_peak() -> Option<()> {
    fs::write("/proc/self/clear_refs", "5").ok()
}

/// State that belongs to the whole process rather than to one library: the name and the values of each part.
pub(crate) fn shared_state() -> Vec<(&'static str, BTreeSet<String>)> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
    vec![
        ("the working directory", [std::env::current_dir().unwrap_or_default().display().to_string()].into()),
        ("the environment", std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).collect()),
        ("the umask", [line("Umask:").to_owned()].into()),
        ("the ignored signals", signal_names(line("SigIgn:"))),
        ("the handled signals", signal_names(line("SigCgt:"))),
    ]
}

/// The number of child processes, including ended ones that were not waited for.
pub(crate) fn children() -> Option<usize> {
    let own = std::process::id().to_string();
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let stats = processes.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    // `pid (name) state parent`: a name may contain spaces and parentheses.
    let parents = stats.filter_map(|stat| stat.rsplit_once(") ")?.1.split(' ').nth(1).map(str::to_owned));
    Some(parents.filter(|parent| *parent == own).count())
}

/// The names of the entries of `folder` that belong to this user and were modified since `since`.
pub(crate) fn made_since(folder: &Path, since: SystemTime) -> BTreeSet<String> {
    let owner = fs::metadata("/proc/self").map(|own| own.uid()).unwrap_or_default();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| {
        entry.metadata().is_ok_and(|found| found.uid() == owner && found.modified().is_ok_and(|at| at >= since))
    });
    ours.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The names of the entries in the folder for temporary files.
pub(crate) fn temporary() -> Vec<String> {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The size of the file that standard output writes to. `None` if standard output is not a regular file.
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
