//! What `cargo demo` and `cargo dist-local` share: the build of the workspace, with Cargo's own progress to watch.
//!
//! Neither links to anything that it builds. They drive the finished files from outside.

#![forbid(unsafe_code)]

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// How the workspace is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quickly, as the tests have it.
    Dev,
    /// For use: optimised and stripped.
    Release,
}

/// A build of the workspace: run [`command`](Self::command), then take the files from [`folder`](Self::folder).
#[derive(Debug)]
pub struct Build {
    /// `cargo build`, with output and progress going where this program's go.
    pub command: Command,
    /// Where its binaries and libraries then lie.
    pub folder: PathBuf,
}

/// The build of the whole workspace, in the target folder that this program runs from.
///
/// The whole of it, because building a few packages would resolve features anew and compile the tree below
/// aws-sdk-s3 a second time.
///
/// # Panics
///
/// This program does not lie in a target folder.
pub fn build(profile: Profile) -> Build {
    let target = target_folder();
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(longshore_built::workspace()).args(["build", "--workspace", "--target-dir"]).arg(&target);
    if profile == Profile::Release {
        command.arg("--release");
    }
    // What Cargo tells the program that it runs is not for the Cargo that the program runs.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    Build { command, folder: target.join(profile.folder_name()) }
}

impl Profile {
    /// The one that this program was built in.
    pub fn of_this_program() -> Self {
        if cfg!(debug_assertions) { Self::Dev } else { Self::Release }
    }

    fn folder_name(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// `target`, from where this program runs: `target/debug` or `target/release`.
fn target_folder() -> PathBuf {
    let program = env::current_exe().expect("the system knows where a program runs from");
    program.parent().and_then(Path::parent).expect("a program that Cargo built lies in a target folder").to_owned()
}
