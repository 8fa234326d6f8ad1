//! Builds the workspace's libraries and binaries for the programs that load or run them: tests, benchmarks, the demo.
//!
//! `cargo test` does not build a cdylib that no test links to. A test that loads a cdylib calls this crate, which
//! returns the folder with all of them. The build covers the whole workspace and uses the target folder of the running
//! program: building only a few packages would resolve features anew and compile the dependencies of aws-sdk-s3 again.

#![forbid(unsafe_code)]

mod profile;

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

pub use profile::Profile;

/// A build: run [`command`](Self::command), then take the files from [`folder`](Self::folder).
#[derive(Debug)]
pub struct Build {
    /// `cargo build`, which inherits standard output and standard error.
    pub command: Command,
    /// The folder that contains the binaries and libraries after the build.
    pub folder: PathBuf,
}

impl Build {
    /// The build of the whole workspace.
    ///
    /// # Panics
    ///
    /// The running program does not lie in a target folder.
    pub fn workspace(profile: Profile) -> Self {
        let mut command = cargo_build(profile);
        command.current_dir(workspace()).arg("--workspace");
        Self::into(command, &target_folder(), profile)
    }

    /// The build of a crate outside the workspace, below the same target folder.
    ///
    /// # Panics
    ///
    /// The running program does not lie in a target folder.
    pub fn stand_alone(manifest: &Path, profile: Profile) -> Self {
        let name = manifest.parent().and_then(Path::file_name).expect("a manifest lies in a folder");
        let target = target_folder().join("stand-alone").join(name);
        let mut command = cargo_build(profile);
        command.args(["--locked", "--manifest-path"]).arg(manifest);
        Self::into(command, &target, profile)
    }

    /// Runs the build with `--quiet` and returns the folder.
    ///
    /// # Panics
    ///
    /// The build fails.
    pub fn run_quietly(mut self) -> PathBuf {
        let status = self.command.arg("--quiet").status().expect("cargo can be run");
        assert!(status.success(), "`cargo build` failed: {status}");
        self.folder
    }

    fn into(mut command: Command, target: &Path, profile: Profile) -> Self {
        command.arg("--target-dir").arg(target);
        Self { command, folder: target.join(profile.folder_name()) }
    }
}

/// The folder with the libraries and binaries of the workspace; built by the first call in this process.
///
/// `LONGSHORE_NO_BUILD=1` in the environment skips the build and uses the files that exist.
///
/// # Panics
///
/// The build fails, or the running program does not lie in a target folder.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let build = Build::workspace(Profile::of_this_program());
        if env::var_os("LONGSHORE_NO_BUILD").is_some_and(|value| value == "1") {
            return build.folder;
        }
        build.run_quietly()
    })
}

/// Builds a crate outside the workspace, and returns the folder with its library.
///
/// # Panics
///
/// The build fails, or the running program does not lie in a target folder.
pub fn stand_alone(manifest: &Path) -> PathBuf {
    Build::stand_alone(manifest, Profile::of_this_program()).run_quietly()
}

/// The Cargo command for an author's crate outside the workspace, and the folder of its libraries. Cargo runs offline.
/// All of these crates share one target folder, which compiles their common dependencies only once.
///
/// Crates that are built at the same time must have different names.
///
/// # Panics
///
/// The running program does not lie in a target folder.
pub fn author(subcommand: &str, crate_folder: &Path) -> (Command, PathBuf) {
    let target = target_folder().join("stand-alone").join("author");
    let mut command = cargo(subcommand);
    command.current_dir(crate_folder).arg("--offline").env("CARGO_TARGET_DIR", &target);
    (command, target.join("debug"))
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate lies two folders below the root").to_owned()
}

/// File name of the library of the package `name`.
pub fn library(name: &str) -> String {
    format!("{}{}{}", env::consts::DLL_PREFIX, name.replace('-', "_"), env::consts::DLL_SUFFIX)
}

fn cargo_build(profile: Profile) -> Command {
    let mut command = cargo("build");
    if profile == Profile::Release {
        command.arg("--release");
    }
    command
}

fn cargo(subcommand: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(subcommand);
    // Cargo sets variables for the program that it runs; the nested Cargo must not inherit them.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let of_this_program = ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| text.starts_with(start))
            || ["OUT_DIR", "RUSTC_WORKSPACE_WRAPPER"].contains(&&*text);
        if of_this_program {
            command.env_remove(&name);
        }
    }
    command
}

/// The `target` folder, derived from the path of this program: `target/debug` or `target/release`, or `deps` or
/// `examples` below one of them.
fn target_folder() -> PathBuf {
    let program = env::current_exe().expect("the system knows where a program runs from");
    let folder = program.parent().expect("a program lies in a folder");
    let nested = ["deps", "examples"].iter().any(|name| folder.ends_with(name));
    let profile = if nested { folder.parent() } else { Some(folder) };
    profile.and_then(Path::parent).expect("a program that Cargo built lies in a target folder").to_owned()
}
