//! What loading costs: `cargo bench -p longshore-benchmarks --bench loading`.
//!
//! A library is mapped once in a process, so each load is measured in a process of its own, from the inside.

// Not `forbid`: the bare `dlopen` that loading is compared with has no safe form.
#![deny(unsafe_code)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use longshore_benchmarks::{
    compare_told, heading,
    project::{self, config, open_with},
    role,
};
use longshore_plugin_host::load::Loader;
use tempfile::TempDir;
use tokio::runtime::Builder;

/// Where the measuring processes find what they load.
const SUBJECT: &str = "LONGSHORE_BENCH_SUBJECT";

fn main() {
    let subject = || PathBuf::from(env::var_os(SUBJECT).expect("the benchmark says what to load"));
    match role::of_this_process().as_deref() {
        Some("load") => role::tell(&load(&subject()).as_nanos().to_string()),
        Some("dlopen") => role::tell(&bare_dlopen(&subject()).as_nanos().to_string()),
        _ => compare_all(),
    }
}

fn compare_all() {
    let memory = "[upload.config]\nprovider = \"memory\"\n".to_owned();
    heading("Loading a library", "found, checked, hashed, mapped, `init`", "a bare `dlopen`");
    for (package, toml) in [("longshore-aws-s3", project::aws_s3(None, "", "")), ("longshore-example-memory", memory)] {
        let installed = Installed::with(package, &toml);
        let name = format!("`{}`, {} KiB", installed.name(), installed.size() / 1024);
        compare_told(
            &name,
            51,
            1,
            || measured("load", installed.folder.path()),
            || measured("dlopen", &installed.library),
        )
        .print();
    }
}

/// A project, and a host's installation with the libraries of all providers: what there is on a user's machine.
struct Installed {
    folder: TempDir,
    library: PathBuf,
}

impl Installed {
    fn with(package: &str, toml: &str) -> Self {
        let built = longshore_test_artifacts::folder();
        let folder = project::write(toml);
        let providers = folder.path().join("lib/longshore/providers");
        fs::create_dir_all(&providers).expect("a folder");
        for package in ["longshore-aws-s3", "longshore-aws-s3-private", "longshore-local", "longshore-example-memory"] {
            let file = longshore_test_artifacts::library(package);
            fs::copy(built.join(&file), providers.join(&file)).expect("a copy of a library that was built");
        }
        Self { library: providers.join(longshore_test_artifacts::library(package)), folder }
    }

    fn name(&self) -> String {
        self.library.file_name().unwrap_or_default().display().to_string()
    }

    fn size(&self) -> u64 {
        fs::metadata(&self.library).expect("it was copied").len()
    }
}

/// The time that a separate process reports.
fn measured(role: &str, subject: &Path) -> Duration {
    let output = role::command(role).env(SUBJECT, subject).output().expect("this program can be started again");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("a number");
    Duration::from_nanos(said.trim().parse().expect("a number of nanoseconds"))
}

/// From a read configuration to a provider that answers.
fn load(project: &Path) -> Duration {
    let host = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let config = config(project);
    let loader = Loader { exe: project.join("bin/longshore"), ..Loader::of(&config) };
    host.block_on(async {
        let start = Instant::now();
        let registry = open_with(&loader, &config).await;
        let took = start.elapsed();
        drop(registry);
        took
    })
}

#[expect(unsafe_code, reason = "dlopen has no safe form")]
fn bare_dlopen(library: &Path) -> Duration {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    let start = Instant::now();
    // SAFETY: the constructors that run are those of a provider of this workspace, which do nothing that this process
    // relies on; it ends right after.
    let library = unsafe { Library::open(Some(library), RTLD_NOW | RTLD_LOCAL) }.expect("a library");
    let took = start.elapsed();
    std::mem::forget(library);
    took
}
