//! The process of one case: started, awaited, and ended when it does not end itself.

use std::{
    fs::File,
    io::Write,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use longshore_provider::serde_json;
use longshore_provider_testkit::{Case, Finding, Outcome};
use tempfile::TempDir;

use super::{case::Spec, file_name, record::Tested};
use crate::failure::Failure;

/// What all cases of a run have in common.
pub(super) struct Scene {
    pub(super) spec: Spec,
    /// What is validated, for people.
    pub(super) title: String,
    /// The command line up to the name of a case.
    again: String,
    /// This very program.
    program: PathBuf,
    folder: TempDir,
}

/// How much longer than its case a process may take: it removes the case's files.
const GRACE: Duration = Duration::from_secs(20);

impl Scene {
    /// `again` is the command that validates the same, with the same options.
    pub(super) fn new(spec: Spec, again: &str) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(Failure::Runtime)?;
        let folder = tempfile::tempdir();
        let folder = folder.map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
        let title = match &spec.path {
            Some(path) => format!("{} ({})", spec.name, file_name(path)),
            None => spec.name.clone(),
        };
        let again = format!("{again} --seed {} --only", spec.seed);
        Ok(Self { spec, title, again, program, folder })
    }

    /// What is told of a case.
    pub(super) fn tested(&self, case: &'static Case, outcome: Outcome, took: Duration) -> Tested {
        Tested { case, outcome, took, alone: format!("{} {}", self.again, case.id) }
    }

    /// Runs the case to its end.
    pub(super) fn run(&self, case: &'static Case) -> Tested {
        let started = Instant::now();
        let outcome = self.outcome(case).unwrap_or_else(|error| {
            let finding = Finding::new("the process of the case could not be run").expected("a process", error);
            Outcome::Crashed(finding.advice("this is no fault of the provider: look at the limits of this machine"))
        });
        for end in ["project", "tmp"] {
            // What a case failed for is told; the disk is not to fill up with it.
            let _ = std::fs::remove_dir_all(self.place(case, end));
        }
        self.tested(case, outcome, started.elapsed())
    }

    /// Something of a case in the folder of this run.
    fn place(&self, case: &Case, end: &str) -> PathBuf {
        self.folder.path().join(format!("{}.{end}", case.id))
    }

    fn outcome(&self, case: &Case) -> std::io::Result<Outcome> {
        let place = |end: &str| self.place(case, end);
        let (result, printed, logged) = (place("json"), place("out"), place("err"));
        let mut command = Command::new(&self.program);
        command
            .args(["provider", "validate-case", "--log", log_of(case), "--result"])
            .arg(&result)
            .arg("--project")
            .arg(&self.spec.project)
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(File::create(&printed)?)
            .stderr(File::create(&logged)?);
        // So that what is left there is the provider's.
        let temporary = place("tmp");
        std::fs::create_dir_all(&temporary)?;
        command.env("TMPDIR", &temporary);
        if case.group() == "memory" {
            // The C library fills memory that is freed, so that nobody who reads it goes unnoticed.
            command.env("MALLOC_PERTURB_", "165");
        }
        let mut child = command.spawn()?;
        let folder = place("project");
        std::fs::create_dir_all(&folder)?;
        let spec = Spec { case: case.id.to_owned(), folder, ..self.spec.clone() };
        let text = serde_json::to_string(&spec)?;
        if let Some(mut stdin) = child.stdin.take() {
            // It may have ended already: then its status says more.
            let _ = stdin.write_all(text.as_bytes());
        }
        let limit = Duration::from_secs(self.spec.seconds.into());
        let Some(status) = await_end(&mut child, limit + GRACE)? else {
            return Ok(Outcome::Failed(
                Finding::new("the process of the case had to be killed")
                    .expected(format!("an end within {limit:?}"), last_lines(&logged))
                    .advice("a thread is blocked for good: look for a lock, or a wait without a time limit"),
            ));
        };
        let written = std::fs::read_to_string(&result).ok().and_then(|text| serde_json::from_str(&text).ok());
        Ok(written.filter(|_| status.success()).unwrap_or_else(|| crashed(status, &logged)))
    }
}

/// Whatever it logs may have a secret in it; elsewhere less is faster.
fn log_of(case: &Case) -> &'static str {
    if case.group() == "options" { "trace" } else { "warn" }
}

/// `None` when it had to be killed.
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

fn crashed(status: ExitStatus, logged: &Path) -> Outcome {
    let (reason, advice) = match (status.signal(), status.code()) {
        (Some(signal), _) => {
            (format!("the process of the case was ended by {}", signal_name(signal)), advice_for(signal))
        }
        (None, Some(code)) => (
            format!("the process of the case ended with exit code {code} before the case did"),
            "never call `std::process::exit`: the process is the host's",
        ),
        (None, None) => ("the process of the case ended before the case did".to_owned(), "look at what it printed"),
    };
    let finding = Finding::new(reason).expected("a case that ends by itself", last_lines(logged));
    Outcome::Crashed(finding.advice(advice))
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal} ({name})")
}

fn advice_for(signal: i32) -> &'static str {
    match signal {
        6 => {
            "look for `abort`, a panic within a `Drop` that runs because of a panic, a panic hook of your own, or memory \
             that is freed twice"
        }
        9 => "the system killed it: most likely it took too much memory",
        _ => "look for `unsafe` code in the provider and its dependencies, and for a recursion without end",
    }
}

/// The end of what it printed on standard error.
fn last_lines(logged: &Path) -> String {
    let text = std::fs::read(logged).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(5)..].join("\n");
    if last.is_empty() { "no end, and nothing on standard error".to_owned() } else { last }
}
