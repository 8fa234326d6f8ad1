//! How much memory the `longshore` binary takes while it uploads a file.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use longshore_benchmarks::{project, row};

use crate::server::Server;

/// One row of the table: a file of so many GiB, without anything in it, with what the provider has by default.
pub(crate) fn measure(server: &Server, gibibytes: u64) {
    let s3_options = format!("endpoint = \"{}\"\nforcePathStyle = true", server.endpoint);
    let folder = project::write(&project::aws_s3(None, &s3_options, ""));
    let file = folder.path().join("large.bin");
    fs::File::create(&file).and_then(|file| file.set_len(gibibytes << 30)).expect("a file that only looks large");
    let mut process = Command::new(longshore_test_artifacts::folder().join("longshore"))
        .args(["object", "put", "large.bin", "--quiet", "-C", "."])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("the binary of the host");
    let peak = peak(&mut process);
    row(&[&format!("{gibibytes} GiB"), &format!("{} MiB", peak / 1024)]);
}

/// The most memory that was resident at a time, in KiB: the system keeps it, as long as the process lives.
fn peak(process: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", process.id());
    let mut peak = 0;
    loop {
        peak = high_water_mark(Path::new(&status)).unwrap_or(peak);
        if let Some(ended) = process.try_wait().expect("it is this process's child") {
            assert!(ended.success(), "`longshore object put` failed: {ended}");
            return peak;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn high_water_mark(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
