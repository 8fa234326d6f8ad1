//! The process of one case: started, awaited, and killed if it does not end in time.

use std::{
    fs::File,
    io::Write,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use longshore_plugin_host::library::allocator::MARKED_MEMORY;
use longshore_provider::serde_json;
use longshore_provider_testkit::{Case, Finding, Outcome};
use tempfile::TempDir;

use super::{
    case::{self, CaseSpec, PROGRAM},
    crash::{crashed, last_lines},
    file_name,
    journal::last_calls,
    record::ValidatedCase,
    schedule::is_prerequisite,
    target::Isolation,
};
use crate::failure::Failure;

/// The state that all cases of a run share.
pub(super) struct CaseRunner {
    pub(super) spec: CaseSpec,
    /// The name of the validated provider, for the output.
    pub(super) title: String,
    /// The command line up to the name of a case.
    again: String,
    /// The path of the program that runs one case.
    program: PathBuf,
    folder: TempDir,
    /// Where the cases run.
    isolation: Isolation,
    /// Whether the cases run in hosts that have another allocator than the library.
    other_allocator: AtomicBool,
}

/// The case that fails for a library that frees the host's memory, or lets the host free its own.
pub(super) const ALLOCATORS: &str = "memory.allocators";

/// How much longer than its case a process may take, to remove the case's files.
const GRACE: Duration = Duration::from_secs(20);

impl CaseRunner {
    /// `again` is the command that repeats the validation with the same options.
    pub(super) fn new(spec: CaseSpec, again: &str, isolation: Isolation) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(Failure::Runtime)?.with_file_name(PROGRAM);
        if isolation == Isolation::OwnProcess && !program.is_file() {
            return Err(Failure::NoCaseProgram { path: program });
        }
        let folder = tempfile::tempdir();
        let folder = folder.map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
        let title = match &spec.path {
            Some(path) => format!("{} ({})", spec.name, file_name(path)),
            None => spec.name.clone(),
        };
        let again = format!("{again} --seed {} --only", spec.seed);
        Ok(Self { spec, title, again, program, folder, isolation, other_allocator: true.into() })
    }

    /// The result of a case.
    pub(super) fn tested(&self, case: &'static Case, outcome: Outcome, took: Duration) -> ValidatedCase {
        ValidatedCase { case, outcome, took, alone: format!("{} {}", self.again, case.id) }
    }

    /// Runs the other cases as if both sides had one allocator: only [`ALLOCATORS`] reports a library that mixes them.
    pub(super) fn share_the_allocator(&self) {
        self.other_allocator.store(false, Ordering::Relaxed);
    }

    /// Runs the case to its end.
    pub(super) fn run(&self, case: &'static Case) -> ValidatedCase {
        let started = Instant::now();
        let outcome = match self.isolation {
            Isolation::OwnProcess => self.in_a_process(case),
            Isolation::SharedProcess => self.in_this_process(case),
        };
        let outcome = outcome.unwrap_or_else(|error| {
            let finding = Finding::new("the process of the case could not be run").expected("a process", error);
            Outcome::Crashed(finding.advice("this is no fault of the provider: look at the limits of this machine"))
        });
        for end in ["project", "tmp", "calls"] {
            // The outcome contains the reason of a failure. The files of the case are not needed and could fill the
            // disk.
            let _ = std::fs::remove_dir_all(self.place(case, end));
        }
        self.tested(case, outcome, started.elapsed())
    }

    /// The path of a case's file or folder in the folder of this run.
    fn place(&self, case: &Case, end: &str) -> PathBuf {
        self.folder.path().join(format!("{}.{end}", case.id))
    }

    fn in_this_process(&self, case: &'static Case) -> std::io::Result<Outcome> {
        let folder = self.place(case, "project");
        std::fs::create_dir_all(&folder)?;
        case::run(case, CaseSpec { case: case.id.to_owned(), folder, ..self.spec.clone() }, Isolation::SharedProcess)
    }

    fn in_a_process(&self, case: &Case) -> std::io::Result<Outcome> {
        let place = |end: &str| self.place(case, end);
        let (result, printed, logged, journal) = (place("json"), place("out"), place("err"), place("calls"));
        let mut command = Command::new(&self.program);
        command
            .args(["--log", log_of(case), "--result"])
            .arg(&result)
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(File::create(&printed)?)
            .stderr(File::create(&logged)?);
        // A folder of its own: leftover files in it belong to the provider.
        let temporary = place("tmp");
        std::fs::create_dir_all(&temporary)?;
        command.env("TMPDIR", &temporary);
        if case.group() == "memory" {
            // The C library overwrites freed memory, which reveals reads after a free.
            command.env("MALLOC_PERTURB_", "165");
        }
        // Prerequisites check basic functions, which may work although the library breaks the rule about allocators.
        if !is_prerequisite(case) && self.other_allocator.load(Ordering::Relaxed) {
            command.env(MARKED_MEMORY, "1");
        } else {
            command.env_remove(MARKED_MEMORY);
        }
        let mut child = command.spawn()?;
        let folder = place("project");
        std::fs::create_dir_all(&folder)?;
        let spec = CaseSpec { case: case.id.to_owned(), folder, journal: Some(journal.clone()), ..self.spec.clone() };
        let text = serde_json::to_string(&spec)?;
        if let Some(mut stdin) = child.stdin.take() {
            // The process may have ended already: its status then contains the reason.
            let _ = stdin.write_all(text.as_bytes());
        }
        let limit = Duration::from_secs(self.spec.seconds.into());
        let Some(status) = await_end(&mut child, limit + GRACE)? else {
            return Ok(Outcome::Failed(
                Finding::new(format!("the process of the case had to be killed{}", last_calls(&journal)))
                    .expected(format!("an end within {limit:?}"), last_lines(&logged))
                    .advice("a thread is blocked for good: look for a lock, or a wait without a time limit"),
            ));
        };
        let written = std::fs::read_to_string(&result).ok().and_then(|text| serde_json::from_str(&text).ok());
        Ok(written.filter(|_| status.success()).unwrap_or_else(|| crashed(status, &logged, &journal)))
    }
}

/// The log level of a case. The cases about options and allocators need all records, which may contain a secret or be
/// freed on the wrong side. Other cases run faster with fewer records.
fn log_of(case: &Case) -> &'static str {
    if case.group() == "options" || case.id == ALLOCATORS { "trace" } else { "warn" }
}

/// Waits for the end of the process. `None` if the process had to be killed.
fn await_end(child: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
