//! Providers that end the process, or prevent it from ending.

use std::{fs, os::unix::process::ExitStatusExt, process::Child};

use rustix::process::Signal;

use crate::{
    interrupt::{send, until},
    project::Project,
};

#[test]
fn a_provider_that_calls_exit_is_named_and_changes_the_exit_code() {
    let ran = Project::misbehaving("").run_with_input(&["object", "put", "-", "--key", "exit"], b"x").expect(70);
    let words = "error: the process was ended by a call of `exit` in `upload` of the provider `misbehaving`\n";
    assert!(ran.stderr.contains(words), "{}", ran.all());
}

#[test]
fn a_provider_that_crashes_is_named_on_one_line_and_the_signal_stays() {
    let project = Project::misbehaving("");
    project.write("a.txt", "x");
    for (key, signal, name) in [("abort", 6, "SIGABRT"), ("segfault", 11, "SIGSEGV"), ("overflow", 11, "SIGSEGV")] {
        let output = project.command(&["object", "put", "a.txt", "--key", key]).output().unwrap();
        assert_eq!(output.status.signal(), Some(signal), "{output:?}");
        let words = format!("error: the process crashed by {name} in `upload` of the provider `misbehaving`\n");
        assert_eq!(String::from_utf8_lossy(&output.stderr), words, "{key}");
    }
}

#[test]
fn a_provider_whose_drop_exhausts_its_stack_is_named() {
    let project = Project::misbehaving("overflowInDrop = true");
    project.write("a.txt", "x");
    let output = project.command(&["object", "put", "a.txt", "--key", "fine"]).output().unwrap();
    assert_eq!(output.status.signal(), Some(11), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("error: the process crashed by SIGSEGV in `drop` of the provider `misbehaving`\n"), "{said}");
}

#[test]
fn a_crash_outside_of_calls_is_reported_without_a_method() {
    let project = Project::misbehaving("");
    let child = project.start(&["object", "put", "-", "--key", "a"]);
    until("the watch over crashes", || catches(&child, Signal::FPE));
    send(&child, Signal::SEGV);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(11), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("crashed by SIGSEGV, outside of every known call of a provider\n"), "{said}");
}

#[test]
fn a_drop_that_never_ends_is_named_and_left_to_itself() {
    let project = Project::misbehaving("hangInDrop = true");
    let ran = project.run_with_input(&["object", "put", "-", "--key", "fine"], b"x").expect(0);
    let words = "the `Drop` of the provider `misbehaving` has not ended within 5 s";
    assert!(ran.stderr.contains(words), "{}", ran.all());
}

#[test]
fn a_second_signal_ends_the_process_while_a_drop_never_ends() {
    let project = Project::misbehaving("hangInDrop = true");
    let mut child = project.start(&["object", "put", "-", "--key", "slow"]);
    drop(child.stdin.take());
    until("the watch over signals", || catches(&child, Signal::INT));
    until("the end", || {
        send(&child, Signal::INT);
        child.try_wait().unwrap().is_some()
    });
    assert_eq!(project.end(child).code, 130);
}

/// Whether the process has a handler for the signal.
fn catches(child: &Child, signal: Signal) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    caught >> (signal.as_raw() - 1) & 1 == 1
}
