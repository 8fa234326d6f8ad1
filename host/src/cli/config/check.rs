//! `longshore config check`

mod trial;

use std::fmt;

use clap::Args;
use longshore_plugin_host::{
    config::{Config, Examined, Origin, Problem, Source, examine},
    hint::Hint,
    load::{Loaded, Loader},
};
use serde::Serialize;

use super::{Configured, Context, providers};
use crate::{
    exit_code::ExitCode,
    failure::Failure,
    print::{self, Printer},
    settings,
};

/// Check the configuration, and report everything that is wrong
///
/// The configured providers are loaded, started with their options and shut down again, as `longshore serve` does. Some
/// of them connect to their service when they start. The database is not opened.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Start no provider: only the names and the types of their options are checked
    #[arg(long)]
    no_start: bool,
    /// Run none of the providers' code: their options are not checked
    #[arg(long)]
    no_load: bool,
}

/// The line of JSON for one finding.
#[derive(Serialize)]
struct Finding<'a> {
    severity: &'static str,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    key: Option<&'a str>,
    message: &'a str,
    hint: Option<String>,
}

/// Prints findings and keeps their exit codes.
struct Findings<'a> {
    print: &'a Printer,
    codes: Vec<ExitCode>,
}

impl Check {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let Examined { config, problems, .. } = examine(&context.request);
        let mut findings = Findings { print: context.print, codes: Vec::new() };
        let name_is_wrong = problems.iter().flatten().any(is_about_the_name);
        for problem in problems.iter().flatten() {
            findings.problem(problem)?;
        }
        let mut summary = Vec::new();
        if let Some(config) = &config {
            for warning in &config.warnings {
                findings.warning(warning)?;
            }
            if let Err(problem) = settings::check(config) {
                findings.problem(&problem)?;
            }
            if !self.no_load && !name_is_wrong {
                summary = findings.check_providers(config, !self.no_start).await?;
            }
        }
        let files = config.iter().flat_map(|config| &config.files).map(|file| format!("`{}`", file.display()));
        let files: Vec<_> = files.collect();
        if findings.codes.is_empty() {
            let environment = config.map(|config| config.environment).unwrap_or_default();
            context.print.text(&format!("the configuration is right, for the environment `{environment}`"))?;
        }
        if !files.is_empty() {
            context.print.text(&format!("  read {}", files.join(", ")))?;
        }
        if findings.codes.is_empty() {
            for line in summary {
                context.print.text(&line)?;
            }
            if self.no_load {
                context.print.text("  no provider was loaded, so their options were not checked")?;
            } else if self.no_start {
                context.print.text("  no provider was started, so the values of their options were not checked")?;
            }
        }
        Ok(findings.exit_code())
    }
}

/// Then `local` in the configuration is a substitute for a wrong name.
fn is_about_the_name(problem: &Problem) -> bool {
    problem.key.as_deref().is_some_and(|key| matches!(key, "upload" | "upload.config" | "upload.config.provider"))
}

impl Findings<'_> {
    /// Loads every provider, checks its options, and starts it if nothing is wrong until then. Returns a line for each.
    async fn check_providers(&mut self, config: &Config, starts: bool) -> Result<Vec<String>, Failure> {
        let loader = Loader::of(config);
        let mut summary = Vec::new();
        for provider in providers(config) {
            let library = match loader.load(provider.name, provider.path) {
                Ok(library) => library,
                Err(error) => {
                    self.failure(provider.origin, &error.into())?;
                    continue;
                }
            };
            for warning in library.warnings() {
                self.warning(&Problem::new(warning))?;
            }
            let problems = library.check_options(provider.options).err();
            for problem in problems.iter().flatten() {
                self.problem(problem)?;
            }
            if starts
                && problems.is_none()
                && self.codes.is_empty()
                && let Err(failure) = trial::start(&loader, config, &provider).await
            {
                self.failure(&options_origin(&provider), &failure)?;
            }
            summary.push(line(&library));
        }
        Ok(summary)
    }

    fn problem(&mut self, problem: &Problem) -> Result<(), Failure> {
        self.codes.push(ExitCode::Configuration);
        if self.print.is_json() {
            return self.print.record(&Finding::of("error", problem));
        }
        self.print.problem(problem);
        Ok(())
    }

    /// A provider that cannot be loaded or started, with the place where it is configured.
    fn failure(&mut self, origin: &Origin, failure: &Failure) -> Result<(), Failure> {
        self.codes.push(ExitCode::of(failure));
        if self.print.is_json() {
            let (message, hint) = print::fields(failure);
            let mut problem = Problem::at(origin, message);
            problem.hint = hint.map(Hint::new);
            return self.print.record(&Finding::of("error", &problem));
        }
        self.print.failure_at(Problem::at(origin, "").to_string().trim_end_matches(": "), failure);
        Ok(())
    }

    fn warning(&self, problem: &Problem) -> Result<(), Failure> {
        if self.print.is_json() {
            return self.print.record(&Finding::of("warning", problem));
        }
        self.print.configuration_warning(problem);
        Ok(())
    }

    /// A wrong configuration counts before a provider that cannot be loaded, and that before a service that fails.
    fn exit_code(&self) -> ExitCode {
        let first = [ExitCode::Configuration, ExitCode::Provider].into_iter().find(|code| self.codes.contains(code));
        first.or(self.codes.first().copied()).unwrap_or(ExitCode::Done)
    }
}

/// The place of a provider's options in the configuration, or of its name if it has no options.
fn options_origin(provider: &Configured<'_>) -> Origin {
    let options = &provider.options.origin;
    if options.source == Source::BuiltIn { provider.origin.clone() } else { options.clone() }
}

fn line(library: &Loaded) -> String {
    let layer = |name: &str, version: &str, path: String| format!("  {name} {version} from {path}");
    let layers = library.layers().iter().map(|found| {
        let manifest = &found.metadata.manifest;
        layer(&manifest.name, &manifest.version, found.path.display().to_string())
    });
    layers.collect::<Vec<_>>().join("\n  extends")
}

impl<'a> Finding<'a> {
    fn of(severity: &'static str, problem: &'a Problem) -> Self {
        Self {
            severity,
            file: problem.file.as_ref().map(|file| file.display().to_string()),
            line: problem.line,
            column: problem.column,
            key: problem.key.as_deref(),
            message: &problem.message,
            hint: problem.hint.as_ref().map(print::hint_text),
        }
    }
}

/// Text output shows findings as errors and warnings.
impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.message)
    }
}
