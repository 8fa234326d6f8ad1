//! Advice for the user about an error, with this program's commands.

use std::error::Error;

use longshore_plugin_host::{
    hint::{Hint, HostCommand},
    hint_of,
};

use crate::failure::Failure;

/// The hint of one error, without those of its causes.
pub(super) fn of(error: &(dyn Error + 'static)) -> Option<String> {
    let hint = match error.downcast_ref::<Failure>() {
        Some(failure) => failure.hint(),
        None => hint_of(error),
    };
    hint.as_ref().map(text)
}

/// The hint with the command that helps.
pub(crate) fn text(hint: &Hint) -> String {
    let Some(command) = hint.command else { return hint.to_string() };
    let help = match command {
        HostCommand::ValidateProvider => "`longshore provider validate` says more",
        HostCommand::ListProviders => "`longshore provider list` shows the libraries that are found",
        HostCommand::ShowConfiguration => "`longshore config show` prints them",
        HostCommand::WriteConfiguration => {
            return "`longshore init` writes one, and `--config FILE` names another".to_owned();
        }
    };
    format!("{hint}: {help}")
}
