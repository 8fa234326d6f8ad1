//! `cargo dist-local [DIR]`: puts the host and the official providers into a folder, laid out as a package.
//!
//! `DIR/bin/longshore` finds `DIR/lib/longshore/providers/` by where it lies itself, so the folder may be moved, or
//! its content be copied to `/usr/local`.

#![forbid(unsafe_code)]

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{ExitCode, ExitStatus},
};

use clap::{Parser, ValueEnum};
use longshore_test_artifacts::{Build, Profile};

/// The programs: `provider validate` starts the second one.
const PROGRAMS: [&str; 2] = ["longshore", "longshore-validate-case"];

/// The packages whose libraries go along.
const PROVIDERS: [&str; 3] = ["longshore-local", "longshore-aws-s3", "longshore-aws-s3-private"];

/// Build Longshore and write `bin/`, `lib/longshore/providers/` and `config/` into a folder
#[derive(Parser)]
#[command(name = "cargo dist-local")]
struct Arguments {
    /// The folder; what else is in it stays
    #[arg(value_name = "DIR", default_value = "dist")]
    folder: PathBuf,
    /// How to build: `dev` is quick and large, for a try
    #[arg(long, value_enum, default_value = "release")]
    profile: ProfileName,
}

#[derive(Clone, Copy, ValueEnum)]
enum ProfileName {
    Release,
    Dev,
}

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("cargo cannot be run: {0}")]
    Cargo(io::Error),
    #[error("the workspace does not build: cargo ended with {0}")]
    Build(ExitStatus),
    #[error("failed to write {}: {cause}", path.display())]
    Write { path: PathBuf, cause: io::Error },
}

fn main() -> ExitCode {
    match package(&Arguments::parse()) {
        Ok(summary) => {
            // Nobody listens any more: the exit code still tells.
            let _ = writeln!(io::stdout(), "{summary}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Builds and writes everything; a line for each file.
fn package(arguments: &Arguments) -> Result<String, Failure> {
    let mut build = Build::workspace(match arguments.profile {
        ProfileName::Release => Profile::Release,
        ProfileName::Dev => Profile::Dev,
    });
    let status = build.command.status().map_err(Failure::Cargo)?;
    if !status.success() {
        return Err(Failure::Build(status));
    }
    let folder = &arguments.folder;
    let program = |name: &&str| (build.folder.join(name), folder.join("bin").join(name), 0o755);
    let mut files: Vec<_> = PROGRAMS.iter().map(program).collect();
    let providers = folder.join("lib/longshore/providers");
    for name in PROVIDERS {
        let file = longshore_test_artifacts::library(name);
        files.push((build.folder.join(&file), providers.join(&file), 0o644));
    }
    let config = longshore_test_artifacts::workspace().join("config");
    let templates = below(&config).map_err(|cause| Failure::Write { path: folder.join("config"), cause })?;
    files.extend(templates.into_iter().map(|file| {
        let place = folder.join("config").join(file.strip_prefix(&config).expect("it lies below"));
        (file, place, 0o644)
    }));
    let mut lines = Vec::new();
    for (from, to, mode) in files {
        let size = install(&from, &to, mode).map_err(|cause| Failure::Write { path: to.clone(), cause })?;
        lines.push(format!("{size:>12}  {}", to.display()));
    }
    lines.push(format!("\nTry: {} --help", folder.join("bin/longshore").display()));
    Ok(lines.join("\n"))
}

/// Copies a file in place of what is there; its size in bytes.
fn install(from: &Path, to: &Path, mode: u32) -> io::Result<u64> {
    create(to.parent().expect("a file lies in a folder"))?;
    // A program that runs from the old file keeps it.
    let staged = to.with_extension("new");
    let size = fs::copy(from, &staged)?;
    fs::set_permissions(&staged, fs::Permissions::from_mode(mode))?;
    fs::rename(&staged, to)?;
    Ok(size)
}

/// Creates a folder, and those above it that are missing.
fn create(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    folder.parent().map_or(Ok(()), create)?;
    fs::create_dir(folder)?;
    // A library below a folder that others may write is refused, so the umask must not decide.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

/// All files in the folder and the folders in it, by name.
fn below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() { files.extend(below(&entry)?) } else { files.push(entry) }
    }
    Ok(files)
}
