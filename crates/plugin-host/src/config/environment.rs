//! Looking up environment variables.

use std::ffi::OsString;

use super::problem::Problem;

/// The source of variables: the process environment, or a closure in tests.
pub trait Environment {
    /// The variable's value; `None` when it is not set.
    fn var(&self, name: &str) -> Option<OsString>;
}

impl<F: Fn(&str) -> Option<OsString>> Environment for F {
    fn var(&self, name: &str) -> Option<OsString> {
        self(name)
    }
}

/// The environment of this process.
pub(super) struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn var(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }
}

/// The environment's name if no variable sets it.
pub(super) const DEVELOPMENT: &str = "development";

/// The variables with the environment's name. The first one that is set counts.
const VARIABLES: [&str; 2] = ["LONGSHORE_ENV", "NODE_ENV"];

/// The name of the environment, whose folder is merged over `config/`: the value of `LONGSHORE_ENV`, otherwise
/// `NODE_ENV`, otherwise `development`. An empty variable counts as not set.
pub(super) fn environment_name(environment: &dyn Environment) -> Result<String, Problem> {
    let Some(variable) = environment_variable(environment) else { return Ok(DEVELOPMENT.to_owned()) };
    let name = environment.var(variable).and_then(|name| name.into_string().ok());
    name.filter(|name| is_folder_name(name)).ok_or_else(|| {
        Problem::new(format!("the environment variable `{variable}` is not the name of an environment"))
            .with_hint("letters, digits, `-`, `_` and `.` make a name, such as `production`")
    })
}

/// The variable that sets the environment's name, if one does.
pub(super) fn environment_variable(environment: &dyn Environment) -> Option<&'static str> {
    VARIABLES.into_iter().find(|name| environment.var(name).is_some_and(|value| !value.is_empty()))
}

/// The name becomes part of a path, which must not lead out of `config/env/`.
fn is_folder_name(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) && !name.starts_with('.')
}

/// Whether a text can be the name of a variable.
pub(super) fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
