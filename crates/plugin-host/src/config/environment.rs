//! Looking up environment variables.

use std::ffi::OsString;

use super::problem::Problem;

/// Where variables are looked up: the process environment, or a closure in tests.
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

/// The name of the environment, whose folder is merged over `config/`: `LONGSHORE_ENV`, else `NODE_ENV`, else
/// `development`; empty counts as not set.
pub(super) fn environment_name(environment: &dyn Environment) -> Result<String, Problem> {
    for variable in ["LONGSHORE_ENV", "NODE_ENV"] {
        let Some(name) = environment.var(variable).filter(|name| !name.is_empty()) else { continue };
        return name.into_string().ok().filter(|name| is_folder_name(name)).ok_or_else(|| {
            Problem::new(format!("the environment variable `{variable}` is not the name of an environment"))
                .with_hint("letters, digits, `-`, `_` and `.` make a name, such as `production`")
        });
    }
    Ok("development".to_owned())
}

/// It becomes a part of a path, so it must not lead out of `config/env/`.
fn is_folder_name(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) && !name.starts_with('.')
}

/// What a variable may be called.
pub(super) fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
