//! Signals while a command runs.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::Child,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::project::Project;

pub(crate) fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits until a condition holds that another process causes.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < patience, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// All files below a folder, with their sizes in bytes added up.
fn files(folder: &Path) -> (usize, u64) {
    let mut found = (0, 0);
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let (count, size) = match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => files(&path),
            Ok(metadata) => (1, metadata.len()),
            Err(_) => (0, 0),
        };
        found = (found.0 + count, found.1 + size);
    }
    found
}

#[test]
fn an_interrupted_upload_leaves_nothing() {
    for signal in [Signal::INT, Signal::TERM] {
        let project = Project::local();
        let mut child = project.start(&["object", "put", "-", "--key", "big"]);
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&vec![1; 8 << 20]).unwrap();
        until("the upload", || files(&project.path("files")).1 > 0);
        send(&child, signal);
        let ran = project.end(child).expect(130);
        assert!(ran.stderr.contains("error: interrupted"), "{}", ran.stderr);
        assert_eq!(files(&project.path("files")), (0, 0));
        drop(stdin);
    }
}

#[test]
fn an_interrupted_download_leaves_the_old_file() {
    let project = Project::local();
    project.write("files/big", vec![1; 64 << 20]);
    let mut child = project.start(&["object", "get", "big", "-o", "-"]);
    let mut first = [0; 1];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    // The test reads no further: the program blocks on the full pipe.
    send(&child, Signal::INT);
    let stdout = child.stdout.take();
    until("the end", || child.try_wait().unwrap().is_some());
    drop(stdout);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_file_that_waits_for_a_writer_can_be_interrupted() {
    let project = Project::local();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        project.path("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let mut child = project.start(&["object", "put", "pipe", "-vv"]);
    let log = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut log = log.map(Result::unwrap);
    assert!(log.any(|line| line.contains("loaded a library")), "it got as far as that");
    send(&child, Signal::INT);
    assert!(log.any(|line| line == "error: interrupted"));
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
