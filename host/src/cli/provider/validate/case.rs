//! The program that runs one case: its input and its output.

use std::{io::Read, path::PathBuf, sync::Arc, time::Duration};

use clap::Parser;
use longshore_provider::serde_json::{self, Value};
use longshore_provider_testkit::{Case, Outcome, Run, cases, run_case};
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use super::target::{Isolation, LoadedTarget};
use crate::{exit_code::ExitCode, failure::Failure, print::Output};

/// The program's name. Its file lies beside that of `longshore`.
pub(super) const PROGRAM: &str = "longshore-validate-case";

/// Run one case of `longshore provider validate`, described on standard input
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version)]
pub(crate) struct ValidateCase {
    #[command(flatten)]
    pub(crate) output: Output,
    /// Where the outcome is written
    #[arg(long, value_name = "FILE")]
    result: PathBuf,
}

/// The input of a case's process, sent on standard input because options may contain secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CaseSpec {
    /// Which case.
    pub(super) case: String,
    /// The provider's name.
    pub(super) name: String,
    /// Its library, if one was named.
    pub(super) path: Option<PathBuf>,
    /// The project's folder.
    pub(super) project: PathBuf,
    /// The file that records the calls of the provider.
    pub(super) journal: Option<PathBuf>,
    /// The folder that the provider gets as the project's folder.
    pub(super) folder: PathBuf,
    /// Further folders with libraries.
    pub(super) provider_path: Vec<PathBuf>,
    /// The users whose libraries are accepted too.
    pub(super) trusted_users: Vec<u32>,
    /// The file of the options, if they come from a file.
    pub(super) options_file: Option<PathBuf>,
    /// The content of `providerOptions`.
    pub(super) options: Value,
    /// The seed of all random choices.
    pub(super) seed: u64,
    /// The number of the run, which makes its keys differ from those of other runs.
    pub(super) run: u64,
    /// How long the case may take.
    pub(super) seconds: u32,
}

impl ValidateCase {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|error| Failure::Usage(format!("standard input cannot be read: {error}")))?;
        let spec: CaseSpec = serde_json::from_str(&text)
            .map_err(|error| other_build(&format!("standard input describes no case: {error}")))?;
        let Some(case) = cases().find(|case| case.id == spec.case) else {
            return Err(other_build(&format!("no case is called `{}`", spec.case)));
        };
        let outcome = run(case, spec, Isolation::OwnProcess).map_err(Failure::Runtime)?;
        let text = serde_json::to_string(&outcome).expect("an outcome is texts");
        std::fs::write(&self.result, text).map_err(|source| Failure::Write { path: self.result, source })?;
        Ok(ExitCode::Done)
    }
}

/// The likely cause of input that `longshore` of the same build does not write.
fn other_build(problem: &str) -> Failure {
    Failure::Usage(format!("{problem}\nhint: install `longshore` and `{PROGRAM}` from the same build"))
}

/// Runs `case` in this process.
pub(super) fn run(case: &'static Case, spec: CaseSpec, isolation: Isolation) -> std::io::Result<Outcome> {
    let run = Run { seed: spec.seed, number: spec.run, limit: Duration::from_secs(spec.seconds.into()) };
    // `provider validate --in-process` runs in a runtime, which cannot block on another runtime.
    std::thread::scope(|scope| {
        let work = || {
            let target = Arc::new(LoadedTarget::new(spec, isolation));
            let runtime = Runtime::new()?;
            let outcome = runtime.block_on(run_case(case, target, run));
            runtime.shutdown_background();
            Ok(outcome)
        };
        scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
