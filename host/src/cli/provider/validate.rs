//! `longshore provider validate NAME|FILE`

mod case;
mod crash;
mod fetch;
mod junit;
mod place;
mod process;
mod record;
mod subject;

use std::{
    collections::BTreeMap,
    num::NonZero,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use clap::Args;
use longshore_plugin_host::{
    config::{ProviderName, examine, read_options},
    load::Loader,
};
use longshore_provider::serde_json::{Value, json};
use longshore_provider_testkit::{Case, Gates, Outcome, Run, Suite, cases};

pub(crate) use self::case::ValidateCase;
use self::{
    case::Spec,
    process::{ALLOCATORS, Scene},
    record::{Listed, Summary, Tested},
};
use super::Context;
use crate::{exit_code::ExitCode, failure::Failure, print::Printer};

/// How many seconds one case may take, if nothing is said.
const TIMEOUT: NonZero<u32> = NonZero::new(60).expect("a minute has seconds");

/// Run the contract's cases against a library, each in a process of its own
///
/// What is stored meanwhile lies below keys that begin with `longshore-validate-`, and is removed again. Relative paths
/// in the options begin at a folder that each case has for itself. The provider is made with the options of `--options`,
/// not with those of the project, so that nothing runs against a service by mistake.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing failed (warnings are allowed), 1 a case failed or crashed, else as for every verb."
)]
pub(crate) struct Validate {
    /// A provider's name, or a library: what has a `/` or ends in `.so`
    #[arg(value_name = "NAME|FILE", required_unless_present = "list")]
    subject: Option<String>,
    /// A TOML file with what would stand in `providerOptions`
    #[arg(long, value_name = "FILE")]
    options: Option<PathBuf>,
    /// Run these cases alone: ids, groups such as `upload`, or texts with `*`, with commas between them
    #[arg(long, value_name = "CASES", value_delimiter = ',')]
    only: Vec<String>,
    /// Leave these cases out, named in the same way
    #[arg(long, value_name = "CASES", value_delimiter = ',')]
    except: Vec<String>,
    /// List the cases, and run none
    #[arg(long)]
    list: bool,
    /// Write a report in the form of `JUnit` too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// How many cases run at once: as many as there are processors if nothing is said
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// How many seconds one case may take
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT)]
    timeout: NonZero<u32>,
    /// Take everything that looks random from this number, as an earlier run printed it
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl Validate {
    pub(super) fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let patterns = if self.only.is_empty() { vec!["*".to_owned()] } else { self.only.clone() };
        let suite = Suite::of(patterns).and_then(|suite| suite.except(&self.except)).map_err(|error| {
            Failure::Usage(format!("{error}\nhint: `longshore provider validate --list` lists the cases"))
        })?;
        let Some(subject) = self.subject.as_deref().filter(|_| !self.list) else {
            return list(&suite, context.print);
        };
        let spec = self.spec(subject, context)?;
        let scene = Scene::new(spec, &self.again(subject))?;
        let started = Instant::now();
        let jobs = self.jobs.map_or_else(processors, NonZero::get);
        let tested = test(&scene, &suite, jobs, context.print)?;
        let summary = Summary::new(&scene.title, scene.spec.seed, started.elapsed(), &tested);
        if let Some(path) = &self.junit {
            std::fs::write(path, junit::report(&scene.title, &tested))
                .map_err(|source| Failure::Write { path: path.clone(), source })?;
        }
        context.print.record(&summary)?;
        Ok(if summary.is_good() { ExitCode::Done } else { ExitCode::Failed })
    }

    /// The command that validates the same.
    fn again(&self, subject: &str) -> String {
        let options = self.options.as_ref().map(|file| format!(" --options {}", word(&file.to_string_lossy())));
        let timeout = (self.timeout != TIMEOUT).then(|| format!(" --timeout {}", self.timeout));
        format!(
            "longshore provider validate {}{}{}",
            word(subject),
            options.unwrap_or_default(),
            timeout.unwrap_or_default()
        )
    }

    /// What every case is told; all that can be wrong with the library before any of its code runs is told here.
    fn spec(&self, subject: &str, context: &Context<'_>) -> Result<Spec, Failure> {
        let examined = examine(&context.request);
        let loader = Loader::around(&examined);
        let (name, path) = named(&loader, subject)?;
        let provider = ProviderName::new(&name).map_err(|error| Failure::Usage(error.to_string()))?;
        loader.check(&provider, path.as_deref())?;
        let options = match &self.options {
            Some(file) => read_options(file)?.to_json(),
            None => json!({}),
        };
        let run = Run::default();
        Ok(Spec {
            case: String::new(),
            name,
            path,
            project: loader.project.clone(),
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
fn named(loader: &Loader, subject: &str) -> Result<(String, Option<PathBuf>), Failure> {
    if !super::is_file(subject) {
        return Ok((subject.to_owned(), None));
    }
    let opened = super::open_file(loader, subject)?;
    let path = opened.path().to_owned();
    Ok((opened.snapshot()?.facts().note.name.clone(), Some(path)))
}

fn list(suite: &Suite, print: &Printer) -> Result<ExitCode, Failure> {
    for case in suite.cases() {
        print.record(&Listed::from(case))?;
    }
    Ok(ExitCode::Done)
}

/// Runs the cases, several at once, and prints each in its turn.
fn test(scene: &Scene, suite: &Suite, jobs: usize, print: &Printer) -> Result<Vec<Tested>, Failure> {
    let cases: Vec<&'static Case> = suite.cases().collect();
    // Those that others depend on come first, one after the other; then nobody asks for them twice. So does the one by
    // which it is known how the others are run.
    let mut gates = Gates::default();
    let first = |case: &Case| is_gate(case) || case.id == ALLOCATORS;
    let reached: Vec<Option<Tested>> = cases
        .iter()
        .map(|case| {
            let started = Instant::now();
            let run = |case| if first(case) { scene.run(case).outcome } else { Outcome::Passed };
            let outcome = gates.outcome(case, run);
            if case.id == ALLOCATORS && !outcome.is_good() {
                scene.share_the_allocator();
            }
            let known = first(case) || outcome != Outcome::Passed;
            known.then(|| scene.tested(case, outcome, started.elapsed()))
        })
        .collect();
    // Nobody asked for its result then; the others would end by what it finds, and not by what they find themselves.
    if reached.iter().any(Option::is_none)
        && let Some(case) = unchosen_allocators(&cases)
        && !scene.run(case).outcome.is_good()
    {
        scene.share_the_allocator();
    }
    let mut tested = Vec::new();
    let unchosen = gates.failed(suite).into_iter();
    let unchosen: Vec<Tested> = unchosen.map(|(case, outcome)| scene.tested(case, outcome, Duration::ZERO)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::channel::<(usize, Tested)>();
        for _ in 0..jobs.min(cases.len()) {
            let (send, next, cases, reached) = (send.clone(), &next, &cases, &reached);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else { return };
                    let done = match &reached[index] {
                        Some(tested) => tested.clone(),
                        None => scene.run(case),
                    };
                    // Nobody takes it any more when printing has failed.
                    let _ = send.send((index, done));
                }
            });
        }
        drop(send);
        let mut waiting = BTreeMap::new();
        for (index, done) in receive {
            waiting.insert(index, done);
            while let Some(done) = waiting.remove(&tested.len()) {
                print.record(&done)?;
                tested.push(done);
            }
            if print.is_closed() {
                next.store(cases.len(), Ordering::Relaxed);
            }
        }
        for gate in unchosen {
            print.record(&gate)?;
            tested.push(gate);
        }
        Ok(tested)
    })
}

/// The case by which it is known how the others are run, if it is none of `chosen`.
fn unchosen_allocators(chosen: &[&Case]) -> Option<&'static Case> {
    let is_chosen = chosen.iter().any(|case| case.id == ALLOCATORS);
    cases().find(|case| case.id == ALLOCATORS && !is_chosen)
}

/// Whether others depend on it.
fn is_gate(case: &Case) -> bool {
    cases().any(|other| other.depends_on().contains(&case.id))
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
