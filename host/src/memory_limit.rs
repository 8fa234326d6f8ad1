//! The memory limit of this process's control groups, versions 2 and 1.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Limits from this number on mean no limit: version 1 reports a number near the largest integer.
const NONE: u64 = 1 << 60;

/// The smallest limit of the control groups of this process; `None` without a limit.
pub(crate) fn of_this_process() -> Option<u64> {
    below(Path::new("/"))
}

/// The limit, with the file systems of the kernel mounted below `root`.
fn below(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let mount = root.join("sys/fs/cgroup");
    let limits = groups.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, group) = (fields.next()?, fields.next()?);
        if controllers.is_empty() {
            smallest(&mount, group, "memory.max")
        } else if controllers.split(',').any(|controller| controller == "memory") {
            smallest(&mount.join("memory"), group, "memory.limit_in_bytes")
        } else {
            None
        }
    });
    limits.min()
}

/// The smallest limit of a group and its parents. In a container the path may be that of the host, which does not exist
/// there. The folder of the mount is then the group of the container.
fn smallest(mount: &Path, group: &str, file: &str) -> Option<u64> {
    let group = mount.join(group.trim_start_matches('/'));
    let folders = group.ancestors().take_while(|folder| folder.starts_with(mount)).map(PathBuf::from);
    let limit = |folder: PathBuf| fs::read_to_string(folder.join(file)).ok()?.trim().parse::<u64>().ok();
    folders.filter_map(limit).filter(|limit| *limit < NONE).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn the_smallest_limit_of_a_group_and_its_parents_counts() {
        for (files, limit) in [
            (&[("proc/self/cgroup", "0::/a/b\n"), ("sys/fs/cgroup/a/memory.max", "1000\n")][..], Some(1000)),
            (
                &[
                    ("proc/self/cgroup", "0::/a/b\n"),
                    ("sys/fs/cgroup/a/memory.max", "1000\n"),
                    ("sys/fs/cgroup/a/b/memory.max", "max\n"),
                ],
                Some(1000),
            ),
            (&[("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/memory.max", "100663296\n")], Some(100_663_296)),
            (&[("proc/self/cgroup", "0::/a\n"), ("sys/fs/cgroup/a/memory.max", "max\n")], None),
            (
                &[
                    ("proc/self/cgroup", "5:cpu,memory:/docker/x\n"),
                    ("sys/fs/cgroup/memory/memory.limit_in_bytes", "2000\n"),
                ],
                Some(2000),
            ),
            (
                &[
                    ("proc/self/cgroup", "5:memory:/\n"),
                    ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
                ],
                None,
            ),
            (&[], None),
        ] {
            assert_eq!(below(kernel(files).path()), limit, "{files:?}");
        }
    }
}
