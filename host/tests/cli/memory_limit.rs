//! The server in a control group with a memory limit.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use rustix::process::Signal;

use crate::{
    project::Project,
    serve::{EVERYBODY, Server, ask},
};

const LIMIT: u64 = 96 << 20;

/// A control group with a memory limit. Removed when it is dropped.
struct ControlGroup {
    folder: PathBuf,
    version: u8,
}

impl ControlGroup {
    /// Makes the group. The error is the reason why this process may not.
    fn with_limit(bytes: u64) -> std::io::Result<Self> {
        let groups = fs::read_to_string("/proc/self/cgroup")?;
        // Version 1 has a hierarchy for memory. Version 2 has one hierarchy, where a group with processes cannot have
        // limited subgroups, so the new group is below the root.
        let of_version_1 = groups.lines().find_map(|line| line.split_once(":memory:"));
        let (parent, version) = match of_version_1 {
            Some((_, group)) => (PathBuf::from(format!("/sys/fs/cgroup/memory{group}")), 1),
            None => (PathBuf::from("/sys/fs/cgroup"), 2),
        };
        let folder = parent.join(format!("longshore-test-{}", std::process::id()));
        fs::create_dir(&folder)?;
        let group = Self { folder, version };
        let (limit, swap) = match version {
            1 => ("memory.limit_in_bytes", ("memory.memsw.limit_in_bytes", bytes)),
            _ => ("memory.max", ("memory.swap.max", 0)),
        };
        fs::write(group.folder.join(limit), bytes.to_string())?;
        // Kernels without swap accounting do not have this file.
        let _ = fs::write(group.folder.join(swap.0), swap.1.to_string());
        Ok(group)
    }

    /// The peak of the memory in use, in bytes, if the kernel counts it.
    fn peak(&self) -> Option<u64> {
        let file = if self.version == 1 { "memory.max_usage_in_bytes" } else { "memory.peak" };
        fs::read_to_string(self.folder.join(file)).ok()?.trim().parse().ok()
    }

    /// How many processes of the group the kernel killed.
    fn killed(&self) -> u64 {
        let file = if self.version == 1 { "memory.oom_control" } else { "memory.events" };
        let text = fs::read_to_string(self.folder.join(file)).unwrap();
        text.lines().find_map(|line| line.strip_prefix("oom_kill ")).map_or(0, |count| count.trim().parse().unwrap())
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}

/// An RGBA image that compresses badly.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Fast);
    let pixel = |at: u32| {
        let (x, y) = (at % width, at / width);
        [x >> 4, y >> 4, x ^ y, x + y].map(|value| value.to_le_bytes()[0])
    };
    let pixels: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}

fn form(content: &[u8]) -> Vec<u8> {
    let head = "--b\r\ncontent-disposition: form-data; name=\"files\"; filename=\"a.png\"\r\n\
                content-type: image/png\r\n\r\n";
    [head.as_bytes(), content, b"\r\n--b--\r\n"].concat()
}

#[test]
fn a_server_with_a_memory_limit_refuses_an_image_that_does_not_fit_and_lives() {
    let group = match ControlGroup::with_limit(LIMIT) {
        Ok(group) => group,
        Err(error) => {
            println!("not tried: this system allows no control group: {error}");
            return;
        }
    };
    let mut project = Project::local();
    project.write("config/longshore.toml", EVERYBODY);
    let script = format!(
        "#!/bin/sh\necho $$ >'{}' && exec '{}' \"$@\"\n",
        group.folder.join("cgroup.procs").display(),
        env!("CARGO_BIN_EXE_longshore")
    );
    let script = project.write("bin/longshore", script);
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    project.run_by(script);

    let server = Server::start(&project, &[]);
    let answer = ask(server.api, "POST /api/upload", &form(&png(4000, 3000)));
    println!("after an image of 12 megapixels: a peak of {:?} bytes", group.peak());
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("The image is too large: "), "{answer}");
    // Smaller images fit, or wait until there is memory for them.
    let image = form(&png(300, 200));
    std::thread::scope(|scope| {
        let upload = || ask(server.api, "POST /api/upload", &image);
        let uploads = [(); 6].map(|()| scope.spawn(upload));
        for answer in uploads.map(|upload| upload.join().unwrap()) {
            assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
        }
    });
    println!("after six smaller images at once: a peak of {:?} bytes", group.peak());
    assert_eq!(group.killed(), 0);
    let ended = server.stop(&project, Signal::TERM).expect(0);
    assert!(ended.stderr.contains("`images.memory` is lowered to a quarter of the memory limit"), "{}", ended.stderr);
}
