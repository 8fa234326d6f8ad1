//! Builds the workspace's libraries for those who load them: tests and the demo.
//!
//! `cargo test` does not build a cdylib that no test links to. So whoever loads one asks here, and gets the folder
//! where all of them lie. The whole workspace is built, in the profile and target folder of the running program:
//! building one package would resolve features anew, and compile the whole tree below it a second time.

#![forbid(unsafe_code)]

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The folder with the libraries and binaries of the workspace; built by the first call in this process.
///
/// With `LONGSHORE_NO_BUILD=1` in the environment they are taken as they are.
///
/// # Panics
///
/// The build fails, or the running program does not lie in a target folder.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = profile_folder();
        if env::var_os("LONGSHORE_NO_BUILD").is_none_or(|value| value != "1") {
            let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.current_dir(workspace()).args(["build", "--workspace", "--quiet"]);
            build(cargo, &folder);
        }
        folder
    })
}

/// Builds a crate outside the workspace, below the same target folder, and answers the folder with its library.
///
/// # Panics
///
/// The build fails.
pub fn stand_alone(manifest: &Path) -> PathBuf {
    let name = manifest.parent().and_then(Path::file_name).expect("a manifest lies in a folder");
    let profile = profile_folder();
    let target = profile.parent().expect("a profile's folder lies in the target folder").join("stand-alone").join(name);
    let folder = target.join(profile.file_name().expect("a profile has a name"));
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(manifest);
    build(cargo, &folder);
    folder
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

/// `target/debug` or `target/release`, from where this program runs: there, or in `deps` or `examples` below.
fn profile_folder() -> PathBuf {
    let program = env::current_exe().expect("the system knows where a program runs from");
    let folder = program.parent().expect("a program lies in a folder");
    let nested = ["deps", "examples"].iter().any(|name| folder.ends_with(name));
    let profile = if nested { folder.parent().expect("it lies in a profile's folder") } else { folder };
    profile.to_owned()
}

fn build(mut cargo: Command, folder: &Path) {
    let target = folder.parent().expect("a profile's folder lies in the target folder");
    cargo.arg("--target-dir").arg(target);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    // What Cargo sets for a program that it runs would make the inner build a different one.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "RUSTC_WORKSPACE_WRAPPER" {
            cargo.env_remove(&name);
        }
    }
    let status = cargo.status().expect("cargo can be run");
    assert!(status.success(), "`cargo build` failed: {status}");
}
