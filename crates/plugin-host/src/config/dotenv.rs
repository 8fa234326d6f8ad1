//! `.env`: variables for a project, put into the process environment.

mod format;

use std::io::Cursor;
use std::path::PathBuf;

use super::environment::{Environment, ProcessEnvironment};
use super::problem::{Problem, Problems};
use super::project::Project;
use super::read::read;
use super::request::LoadRequest;
use super::trusted::trusted_users;
use crate::library::Trust;

/// Variables that a file in the project must not set: they decide what the host itself loads and trusts.
const FORBIDDEN: [&str; 2] = ["LONGSHORE_", "LD_"];

/// Puts the variables of the project's `.env` into the process environment, for its configuration and its providers.
///
/// The file is next to `config/`, or at the path in `ENV_PATH` (relative to the start folder). If the file does not
/// exist, nothing happens. Variables that are already set do not change. Returns the names of the new variables.
///
/// # Threads
///
/// Call it before the program starts a thread: the environment of a process must not change while another thread
/// may read it.
pub fn apply_dotenv(request: &LoadRequest) -> Result<Vec<String>, Problems> {
    let variables = new_variables(request, &ProcessEnvironment)?;
    // The variables are quoted for dotenvy to take them literally. Otherwise dotenvy would substitute each `$` of a
    // secret.
    let text =
        variables.iter().fold(String::new(), |text, (name, value)| text + name + "=\"" + &escape(value) + "\"\n");
    dotenvy::from_read(Cursor::new(text)).map_err(|_| Problem::new("failed to put `.env` into the environment"))?;
    Ok(variables.into_iter().map(|(name, _)| name).collect())
}

/// The variables of the file that are not set yet.
fn new_variables(request: &LoadRequest, environment: &dyn Environment) -> Result<Vec<(String, String)>, Problems> {
    let project = Project::locate(request)?;
    let path = dotenv_file(&project, request, environment)
        .ok_or_else(|| Problem::new("the path in `ENV_PATH` cannot be made absolute"))?;
    let label = project.label(&path);
    let trust = Trust { users: trusted_users(environment, &mut Vec::new()) };
    let Some(text) = read(&path, &label, &trust)? else {
        return match env_path(environment) {
            Some(_) => Err(Problem::in_file(label, "the file that `ENV_PATH` names does not exist").into()),
            None => Ok(Vec::new()),
        };
    };
    let mut problems = Vec::new();
    let mut variables = Vec::new();
    for entry in format::parse(&text, &label, &mut problems) {
        if FORBIDDEN.iter().any(|prefix| entry.name.starts_with(prefix)) {
            let message = format!("`{}` cannot be set here", entry.name);
            let hint = "`LONGSHORE_*` and `LD_*` decide what is loaded: set them where the program is started";
            problems.push(Problem::in_file(&label, message).on_line(entry.line, None).with_hint(hint));
        }
        if environment.var(&entry.name).is_none() {
            variables.retain(|(name, _)| *name != entry.name);
            variables.push((entry.name, entry.value));
        }
    }
    match Problems::from_list(problems) {
        Some(problems) => Err(problems),
        None => Ok(variables),
    }
}

/// The path of a project's `.env`, regardless of whether the file exists. `None` if the path in `ENV_PATH` cannot be
/// made absolute.
pub(super) fn dotenv_file(project: &Project, request: &LoadRequest, environment: &dyn Environment) -> Option<PathBuf> {
    match env_path(environment) {
        Some(path) => std::path::absolute(request.start_dir.join(path)).ok(),
        None => Some(project.dotenv()),
    }
}

/// The file that `ENV_PATH` names. An empty variable counts as not set.
fn env_path(environment: &dyn Environment) -> Option<PathBuf> {
    environment.var("ENV_PATH").filter(|path| !path.is_empty()).map(PathBuf::from)
}

fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\\' | '"' | '$' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotenvy_reads_back_every_escaped_value() {
        for value in ["", " a b ", "a$b${C}", "quo\"te", "it's", "back\\slash\\", "a\nb\r\nc\r", "#no", "ü\t=", "`x`"]
        {
            let text = format!("FIRST=1\nNAME=\"{}\"\nLAST=2\n", escape(value));
            let read: Vec<_> = dotenvy::from_read_iter(Cursor::new(text)).collect::<Result<_, _>>().unwrap();
            assert_eq!(read[1], ("NAME".to_owned(), value.to_owned()));
            assert_eq!(read.len(), 3);
        }
    }

    fn project(dotenv: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env"), dotenv).unwrap();
        folder
    }

    #[test]
    fn what_is_set_already_stays() {
        let folder = project("A=file\nB=first\nB=last\n");
        let environment = |name: &str| (name == "A").then(|| "process".into());
        let variables = new_variables(&LoadRequest::in_folder(folder.path()), &environment).unwrap();
        assert_eq!(variables, [("B".to_owned(), "last".to_owned())]);
    }

    #[test]
    fn the_hosts_and_the_linkers_variables_are_refused_even_when_set() {
        let folder = project("A=1\nLD_PRELOAD=evil.so\nLONGSHORE_PROVIDER_PATH=/tmp\n");
        let environment = |name: &str| (name != "ENV_PATH").then(|| "set".into());
        let problems = new_variables(&LoadRequest::in_folder(folder.path()), &environment).unwrap_err();
        let text = problems.to_string();
        assert!(text.contains(".env:2: `LD_PRELOAD` cannot be set here"), "{text}");
        assert!(text.contains(".env:3: `LONGSHORE_PROVIDER_PATH` cannot be set here"), "{text}");
        assert!(!text.contains("evil"), "{text}");
    }

    #[test]
    fn env_path_names_another_file_which_must_exist() {
        let folder = project("A=1\n");
        std::fs::write(folder.path().join("other"), "B=2\n").unwrap();
        let request = LoadRequest::in_folder(folder.path());
        let named = |file: &'static str| move |name: &str| (name == "ENV_PATH").then(|| file.into());
        assert_eq!(new_variables(&request, &named("other")).unwrap(), [("B".to_owned(), "2".to_owned())]);
        assert!(new_variables(&request, &named("none")).unwrap_err().to_string().contains("ENV_PATH"));
        assert_eq!(new_variables(&request, &named("")).unwrap(), [("A".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn no_file_is_no_problem() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(new_variables(&LoadRequest::in_folder(folder.path()), &|_: &str| None).unwrap(), []);
    }
}
