//! A project in a folder of its own, and the binary run in it.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

/// A project's folder. Deleted when it is dropped.
pub(crate) struct Project {
    folder: TempDir,
    /// The environment of the binary, besides `PATH`.
    variables: Vec<(String, String)>,
    binary: PathBuf,
}

/// The result of a run of the binary.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        longshore_test_artifacts::folder();
        let folder = tempfile::tempdir().unwrap();
        Self { folder, variables: Vec::new(), binary: env!("CARGO_BIN_EXE_longshore").into() }
    }

    /// A project with this `config/plugins.toml`.
    pub(crate) fn new(toml: &str) -> Self {
        let project = Self::empty();
        project.write("config/plugins.toml", toml);
        project
    }

    /// A project that stores files in its folder `files`.
    pub(crate) fn local() -> Self {
        let toml = "[upload.config]\nprovider = \"local\"\n[upload.config.providerOptions]\ndirectory = \"files\"\n";
        let project = Self::new(toml);
        fs::create_dir(project.path("files")).unwrap();
        project
    }

    /// A project with the provider that misbehaves on request.
    pub(crate) fn misbehaving(options: &str) -> Self {
        Self::new(&format!("[upload.config]\nprovider = \"misbehaving\"\n[upload.config.providerOptions]\n{options}\n"))
    }

    pub(crate) fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Puts a copy of a built library into a folder of the project.
    pub(crate) fn copy_library(&self, package: &str, folder: &str) -> PathBuf {
        let library = longshore_test_artifacts::library(package);
        let bytes = fs::read(longshore_test_artifacts::folder().join(&library)).unwrap();
        self.write(&format!("{folder}/{library}"), bytes)
    }

    /// Installs both programs outside of the target folder, whose libraries they then do not find.
    pub(crate) fn installed(mut self) -> Self {
        self.binary = self.path("bin/longshore");
        fs::create_dir(self.path("bin")).unwrap();
        for built in [env!("CARGO_BIN_EXE_longshore"), env!("CARGO_BIN_EXE_longshore-validate-case")] {
            let program = self.path("bin").join(Path::new(built).file_name().unwrap());
            // A debug build has more than a hundred megabytes: it is linked, and copied only if linking fails.
            if fs::hard_link(built, &program).is_err() {
                fs::copy(built, &program).unwrap();
            }
        }
        self
    }

    /// Runs this program in place of the binary.
    pub(crate) fn run_by(&mut self, program: PathBuf) {
        self.binary = program;
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.ran(&self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs the binary with these bytes on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut child = self.start(arguments);
        child.stdin.take().unwrap().write_all(input).unwrap();
        self.end(child)
    }

    /// Starts the binary with its standard input open.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits for the end of the process.
    pub(crate) fn end(&self, child: Child) -> Ran {
        self.ran(&child.wait_with_output().unwrap())
    }

    fn ran(&self, output: &Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or_else(|| panic!("{}", output.status)),
            stdout: self.tidy(&output.stdout),
            stderr: self.tidy(&output.stderr),
        }
    }

    /// The text without the parts that differ between runs and machines.
    fn tidy(&self, bytes: &[u8]) -> String {
        let target = longshore_test_artifacts::folder();
        let text = String::from_utf8_lossy(bytes)
            .replace(&real(self.folder.path()), "<project>")
            .replace(&self.folder.path().display().to_string(), "<project>")
            .replace(&real(target), "<target>")
            .replace(&real(target.parent().unwrap()), "<target>/..");
        let known = |line: &str| match line.split_once("(Cargo's target folder): ") {
            Some((place, _)) if !line.starts_with('{') => format!("{place}(Cargo's target folder): …\n"),
            _ => format!("{line}\n"),
        };
        text.lines().map(known).collect()
    }
}

impl Ran {
    /// Code, stdout and stderr as one text.
    pub(crate) fn all(&self) -> String {
        format!("exit code {}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }

    /// Panics with the whole output if the exit code differs.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.all());
        self
    }

    /// One JSON value for each line of stdout.
    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn real(path: &Path) -> String {
    fs::canonicalize(path).unwrap().display().to_string()
}
