//! The settings that only the environment can contain: additional folders for libraries, and additional trusted owners.

use std::path::PathBuf;

use super::environment::Environment;
use super::problem::Problem;

/// The absolute folders of `LONGSHORE_PROVIDER_PATH`.
pub(super) fn provider_path(environment: &dyn Environment, warnings: &mut Vec<Problem>) -> Vec<PathBuf> {
    let Some(list) = environment.var("LONGSHORE_PROVIDER_PATH") else { return Vec::new() };
    let (absolute, relative): (Vec<_>, Vec<_>) = std::env::split_paths(&list)
        .filter(|folder| !folder.as_os_str().is_empty())
        .partition(|folder| folder.is_absolute());
    for folder in relative {
        let message = format!("`LONGSHORE_PROVIDER_PATH` names {}, which is ignored: it is relative", folder.display());
        warnings.push(Problem::new(message));
    }
    absolute
}

/// The user ids of `LONGSHORE_TRUSTED_USERS`.
///
/// User names are not resolved: a user who may edit the list of accounts could otherwise decide whose libraries are
/// trusted.
pub(super) fn trusted_users(environment: &dyn Environment, warnings: &mut Vec<Problem>) -> Vec<u32> {
    let list = environment.var("LONGSHORE_TRUSTED_USERS").unwrap_or_default();
    let list = list.to_string_lossy();
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .filter_map(|entry| {
            let message = || format!("`LONGSHORE_TRUSTED_USERS` names `{entry}`, which is ignored: it is no user id");
            let hint = "`id -u NAME` prints one; several are parted by `,`";
            entry.parse().map_err(|_| warnings.push(Problem::new(message()).with_hint(hint))).ok()
        })
        .collect()
}
