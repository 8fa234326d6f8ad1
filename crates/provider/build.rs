//! Tells the export macro for which target and with which compiler it runs: the manifest contains both.

use std::{env, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=LONGSHORE_TARGET={}", env::var("TARGET").unwrap_or_default());
    println!("cargo::rustc-env=LONGSHORE_RUSTC={}", rustc_version().unwrap_or_else(|| "unknown".to_owned()));
}

fn rustc_version() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(1).map(str::to_owned)
}
