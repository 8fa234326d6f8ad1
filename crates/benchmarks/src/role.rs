//! A benchmark that starts its own program again, to do something in a process of its own.

use std::{
    env,
    io::{self, Write},
    process::Command,
};

const PREFIX: &str = "role=";

/// What this process was started for; `None` is the benchmark itself.
pub fn of_this_process() -> Option<String> {
    env::args().find_map(|argument| argument.strip_prefix(PREFIX).map(str::to_owned))
}

/// This program, to be started for `role`.
pub fn command(role: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("the system knows where a program runs from"));
    command.arg(format!("{PREFIX}{role}"));
    command
}

/// Tells the benchmark one line.
///
/// # Panics
///
/// The benchmark is gone.
pub fn tell(line: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("the benchmark reads what its processes say");
}
