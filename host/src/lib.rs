//! The programs of the package: `longshore`, and `longshore-validate-case` for `longshore provider validate`.
//!
//! `cli` has a file for each verb. The verbs use `session` to open the configured provider and `print` for output, and
//! return an `ExitCode` or a `Failure`.

#![forbid(unsafe_code)]

mod cli;
mod exit_code;
mod failure;
mod https;
mod interrupt;
mod library;
mod log;
mod memory_limit;
#[cfg(test)]
mod null_provider;
mod print;
mod session;
mod settings;
mod webhooks;

use std::time::Duration;

use clap::Parser;
use longshore_plugin_host::{config::apply_dotenv, flush_logs, memory::return_freed_memory};
use tokio::runtime::Runtime;

use crate::{
    cli::{Cli, Context, ValidateCase},
    exit_code::ExitCode,
    failure::Failure,
    print::Printer,
};

/// How long the end of the program waits for the log.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The program `longshore`.
#[must_use]
pub fn longshore() -> std::process::ExitCode {
    let cli = Cli::parse();
    let print = Printer::new(&cli.output);
    code_of(&print, || run(cli, &print))
}

/// The program `longshore-validate-case`.
#[must_use]
pub fn validate_case() -> std::process::ExitCode {
    let case = ValidateCase::parse();
    let print = Printer::new(&case.output);
    code_of(&print, || {
        return_freed_memory();
        log::start(&case.output, &print)?;
        let code = case.run();
        flush_logs(LAST_WORDS);
        code
    })
}

fn code_of(print: &Printer, work: impl FnOnce() -> Result<ExitCode, Failure>) -> std::process::ExitCode {
    let expected = exit_code::watch();
    let code = work().unwrap_or_else(|failure| {
        print.failure(&failure);
        ExitCode::of(&failure)
    });
    drop(expected);
    code.into()
}

fn run(cli: Cli, print: &Printer) -> Result<ExitCode, Failure> {
    return_freed_memory();
    let request = cli.project.request();
    if cli.verb.reads_the_project() {
        apply_dotenv(&request)?;
    }
    log::start(&cli.output, print)?;
    // The environment must not change any more: threads start here, which may read it.
    let runtime = Runtime::new().map_err(Failure::Runtime)?;
    let code = runtime.block_on(cli.verb.run(&Context { request, print }));
    // Log records of providers may still be queued.
    flush_logs(LAST_WORDS);
    // Without waiting, because a thread of the runtime may block in a read of standard input.
    runtime.shutdown_background();
    code
}
