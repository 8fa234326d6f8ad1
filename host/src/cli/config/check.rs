//! `longshore config check`

use std::fmt;

use clap::Args;
use longshore_plugin_host::{
    config::{Config, Examined, Problem, examine},
    load::{LoadError, Loaded, Loader},
};
use serde::Serialize;

use super::{Configured, Context, providers};
use crate::{
    exit_code::ExitCode,
    failure::Failure,
    print::{self, Printer},
};

/// Check the configuration, and say all that is wrong
///
/// The configured providers are loaded, so that their options are checked too; none is started.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Run none of the providers' code: their own options are then not checked
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
    hint: Option<&'a str>,
}

/// Prints what is found, and remembers what it means.
struct Findings<'a> {
    print: &'a Printer,
    in_configuration: usize,
    in_libraries: usize,
}

impl Check {
    pub(super) fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let Examined { config, problems, .. } = examine(&context.request);
        let mut findings = Findings { print: context.print, in_configuration: 0, in_libraries: 0 };
        let name_is_wrong = problems.iter().flatten().any(is_about_the_name);
        for problem in problems.iter().flatten() {
            findings.problem(problem)?;
        }
        let mut summary = Vec::new();
        if let Some(config) = &config {
            for warning in &config.warnings {
                findings.warning(warning)?;
            }
            if !self.no_load && !name_is_wrong {
                summary = findings.load(config)?;
            }
        }
        if findings.in_configuration + findings.in_libraries == 0 {
            let environment = config.map(|config| config.environment).unwrap_or_default();
            context.print.text(&format!("the configuration is right, for the environment `{environment}`"))?;
            for line in summary {
                context.print.text(&line)?;
            }
            if self.no_load {
                context.print.text("  no provider was loaded: what is theirs to check was not checked")?;
            }
        }
        Ok(findings.exit_code())
    }
}

/// Then the configuration says `local` where it means something else.
fn is_about_the_name(problem: &Problem) -> bool {
    problem.key.as_deref().is_some_and(|key| matches!(key, "upload" | "upload.config" | "upload.config.provider"))
}

impl Findings<'_> {
    /// Loads every provider and checks its options; answers a line for each.
    fn load(&mut self, config: &Config) -> Result<Vec<String>, Failure> {
        let loader = Loader::of(config);
        let mut summary = Vec::new();
        for provider in providers(config) {
            match loader.load(provider.name, provider.path) {
                Ok(library) => {
                    for warning in library.warnings() {
                        self.warning(&Problem::new(warning))?;
                    }
                    for problem in library.check_options(provider.options).err().iter().flatten() {
                        self.problem(problem)?;
                    }
                    summary.push(line(&library));
                }
                Err(error) => {
                    self.in_libraries += 1;
                    if self.print.is_json() {
                        self.print.record(&Finding::of("error", &about(&provider, &error)))?;
                    } else {
                        self.print.failure(&error.into());
                    }
                }
            }
        }
        Ok(summary)
    }

    fn problem(&mut self, problem: &Problem) -> Result<(), Failure> {
        self.in_configuration += 1;
        if self.print.is_json() {
            return self.print.record(&Finding::of("error", problem));
        }
        self.print.problem(&problem.to_string());
        Ok(())
    }

    fn warning(&self, problem: &Problem) -> Result<(), Failure> {
        if self.print.is_json() {
            return self.print.record(&Finding::of("warning", problem));
        }
        self.print.warning(&problem.to_string());
        Ok(())
    }

    fn exit_code(&self) -> ExitCode {
        match (self.in_configuration, self.in_libraries) {
            (0, 0) => ExitCode::Done,
            (0, _) => ExitCode::Provider,
            (_, _) => ExitCode::Configuration,
        }
    }
}

/// That a library cannot be loaded, as a problem with the key that names it.
fn about(provider: &Configured<'_>, error: &LoadError) -> Problem {
    let (message, hint) = print::fields(error);
    let mut problem = Problem::at(provider.origin, message);
    problem.hint = hint;
    problem
}

fn line(library: &Loaded) -> String {
    let layer = |name: &str, version: &str, path: String| format!("  {name} {version} from {path}");
    let layers = library.layers().iter().map(|found| {
        let note = &found.facts.note;
        layer(&note.name, &note.version, found.path.display().to_string())
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
            hint: problem.hint.as_deref(),
        }
    }
}

/// For people findings are printed as errors and warnings.
impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.message)
    }
}
