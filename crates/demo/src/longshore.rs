//! Running `longshore`, the program that the tour is about.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
use tokio::{process::Command, time::timeout};

use crate::failure::Failure;

/// No verb of the tour takes this long on any machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// The program, started in a project's folder.
pub(crate) struct Longshore {
    /// The one binary that serves the whole tour.
    pub(crate) program: PathBuf,
    project: PathBuf,
}

/// The output of one run of the program.
pub(crate) struct RunOutput {
    stdout: String,
    stderr: String,
}

impl Longshore {
    pub(crate) fn new(program: PathBuf, project: &Path) -> Self {
        Self { program, project: project.to_owned() }
    }

    /// Holds when the program ends with 0.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<RunOutput, Failure> {
        let expected = format!("`longshore {}` to end with 0", arguments.join(" "));
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(&self.project).stdin(Stdio::null()).kill_on_drop(true);
        // The project says all there is to say: what this machine's variables say about S3 does not count.
        command.env_clear();
        let output = match timeout(PATIENCE, command.output()).await {
            Ok(Ok(output)) => output,
            Ok(Err(error)) => return Err(Failure::new(expected, error)),
            Err(_) => return Err(Failure::new(expected, format_args!("no end within {} s", PATIENCE.as_secs()))),
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ran = RunOutput { stdout: text(&output.stdout), stderr: text(&output.stderr) };
        if output.status.success() {
            return Ok(ran);
        }
        let found = format!("{}\n{}", output.status, ran.stdout);
        Err(Failure::new(expected, found.trim_end()).with_stderr(ran.stderr))
    }

    /// Runs `longshore --json …`: the objects that it prints, one for each line.
    pub(crate) async fn json(&self, arguments: &[&str]) -> Result<Vec<Value>, Failure> {
        let output = self.run(&[&["--json"], arguments].concat()).await?;
        let objects = output.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>();
        objects.map_err(|_| Failure::new("a JSON object in each line", output.stdout).with_stderr(output.stderr))
    }

    /// Runs `longshore --json …`, which is to print a single object.
    pub(crate) async fn one(&self, arguments: &[&str]) -> Result<Value, Failure> {
        let mut objects = self.json(arguments).await?;
        match (objects.pop(), objects.len()) {
            (Some(object), 0) => Ok(object),
            (_, more) => Err(Failure::new("one JSON object", format_args!("none, or {more} more"))),
        }
    }
}
