//! `longshore provider validate NAME|FILE`

mod case;
mod crash;
mod fetch;
mod journal;
mod junit;
mod populate;
mod record;
mod runner;
mod schedule;
mod target;

use std::{
    num::NonZero,
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use longshore_plugin_host::{
    config::{ProviderName, examine, read_options},
    load::Loader,
};
use longshore_provider::serde_json::{Value, json};
use longshore_provider_testkit::{Run, Suite};

pub(crate) use self::case::ValidateCase;
use self::{
    case::CaseSpec,
    record::{Listed, Summary, ValidatedCase, WarningsCount},
    runner::CaseRunner,
    target::Isolation,
};
use super::Context;
use crate::{exit_code::ExitCode, failure::Failure, print::Printer};

/// How many seconds one case may take by default.
const TIMEOUT: NonZero<u32> = NonZero::new(60).expect("a minute has seconds");

/// Run the contract's cases against a library, each in a process of its own
///
/// Stored files have keys that begin with `longshore-validate-`, and are removed again. Relative paths in the options begin
/// at a folder of the case. The provider is made with the options of `--options`, not with those of the project, so that
/// nothing runs against a service by mistake.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing failed (warnings are allowed unless --strict), 1 a case failed or crashed, else as for every verb."
)]
pub(crate) struct Validate {
    /// A provider's name, or a library: what has a `/` or ends in `.so`
    #[arg(value_name = "NAME|FILE", required_unless_present = "list")]
    target: Option<String>,
    /// A TOML file with the content of `providerOptions`
    #[arg(long, value_name = "FILE")]
    options: Option<PathBuf>,
    /// Run only these cases: ids, groups such as `upload`, or patterns with `*`, separated by commas
    #[arg(long, value_name = "CASES", value_delimiter = ',')]
    only: Vec<String>,
    /// Leave out these cases, named in the same way
    #[arg(long, value_name = "CASES", value_delimiter = ',')]
    except: Vec<String>,
    /// List the cases without running them
    #[arg(long)]
    list: bool,
    /// Also write a report in the format of `JUnit`
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// How many cases run at once: by default, as many as there are processors
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// How many seconds one case may take
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT)]
    timeout: NonZero<u32>,
    /// Repeat the random choices of an earlier run, which printed this number
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
    /// Print only the cases that failed or crashed (with `--strict`, also those with a warning), and the last line
    #[arg(long)]
    only_failed: bool,
    /// Run the cases one after the other in this process, for a debugger
    ///
    /// A crash or a blocked thread then ends the whole run, and cases that need a process of their own are skipped.
    #[arg(long, conflicts_with = "jobs")]
    in_process: bool,
}

impl Validate {
    pub(super) fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let patterns = if self.only.is_empty() { vec!["*".to_owned()] } else { self.only.clone() };
        let suite = Suite::of(patterns).and_then(|suite| suite.except(&self.except)).map_err(|error| {
            Failure::Usage(format!("{error}\nhint: `longshore provider validate --list` lists the cases"))
        })?;
        let Some(target) = self.target.as_deref().filter(|_| !self.list) else {
            return list(&suite, context.print);
        };
        let spec = self.spec(target, context)?;
        let isolation = if self.in_process { Isolation::SharedProcess } else { Isolation::OwnProcess };
        let runner = CaseRunner::new(spec, &self.again(target), isolation)?;
        let started = Instant::now();
        let jobs = if self.in_process { 1 } else { self.jobs.map_or_else(processors, NonZero::get) };
        let warnings = if self.strict { WarningsCount::AsFailures } else { WarningsCount::AsPasses };
        let shown = |tested: &ValidatedCase| !self.only_failed || warnings.fails(&tested.outcome);
        let tested = schedule::test(&runner, &suite, jobs, context.print, shown)?;
        let summary = Summary::new(&runner.title, runner.spec.seed, started.elapsed(), &tested, warnings);
        if let Some(path) = &self.junit {
            std::fs::write(path, junit::report(&runner.title, &tested))
                .map_err(|source| Failure::Write { path: path.clone(), source })?;
        }
        context.print.block(&summary)?;
        Ok(if summary.is_good() { ExitCode::Done } else { ExitCode::Failed })
    }

    /// The command that validates the same.
    fn again(&self, target: &str) -> String {
        let options = self.options.as_ref().map(|file| format!(" --options {}", word(&file.to_string_lossy())));
        let timeout = (self.timeout != TIMEOUT).then(|| format!(" --timeout {}", self.timeout));
        format!(
            "longshore provider validate {}{}{}",
            word(target),
            options.unwrap_or_default(),
            timeout.unwrap_or_default()
        )
    }

    /// The input of every case. Fails for faults of the library that are known before any of its code runs.
    fn spec(&self, target: &str, context: &Context<'_>) -> Result<CaseSpec, Failure> {
        let examined = examine(&context.request);
        let loader = Loader::around(&examined);
        let (name, path) = named(&loader, target)?;
        let provider = ProviderName::new(&name).map_err(|error| Failure::Usage(error.to_string()))?;
        loader.check(&provider, path.as_deref())?;
        let options = match &self.options {
            Some(file) => read_options(file)?.to_json(),
            None => json!({}),
        };
        let run = Run::default();
        Ok(CaseSpec {
            case: String::new(),
            name,
            path,
            project: loader.project.clone(),
            journal: None,
            folder: PathBuf::new(),
            provider_path: loader.provider_path.clone(),
            trusted_users: loader.trust.users.clone(),
            options_file: self.options.clone(),
            options,
            seed: self.seed.unwrap_or(run.number),
            run: run.number,
            seconds: self.timeout.get(),
        })
    }
}

/// The provider's name, and the library if one was named.
fn named(loader: &Loader, target: &str) -> Result<(String, Option<PathBuf>), Failure> {
    if !super::is_file(target) {
        return Ok((target.to_owned(), None));
    }
    let opened = super::open_file(loader, target)?;
    let path = opened.path().to_owned();
    Ok((opened.snapshot()?.metadata().manifest.name.clone(), Some(path)))
}

fn list(suite: &Suite, print: &Printer) -> Result<ExitCode, Failure> {
    for case in suite.cases() {
        print.block(&Listed::from(case))?;
    }
    Ok(ExitCode::Done)
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, NonZero::get)
}

/// A text as one word of a shell command.
fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@:,=".contains(&byte);
    if text.bytes().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// For a title: the file's name.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// JSON for a field that may be missing.
fn optional(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |text| Value::String(text.clone()))
}
