//! Advice for the user about an error.

use std::{borrow::Cow, fmt};

/// Advice for the user of a host. No error contains it in its own text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    text: Cow<'static, str>,
    /// The host's command that helps.
    pub command: Option<HostCommand>,
}

/// A purpose for which a host may have a command. Only the host knows how its commands are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostCommand {
    /// Tests a provider against its contract.
    ValidateProvider,
    /// Lists the libraries that are found.
    ListProviders,
    /// Prints the configuration that is in effect.
    ShowConfiguration,
    /// Writes a first configuration.
    WriteConfiguration,
}

impl Hint {
    /// Advice without a command.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), command: None }
    }

    /// Both, one after the other.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self { text: format!("{self}; {other}").into(), command: other.command.or(self.command) }
    }

    pub(crate) fn with_command(self, command: HostCommand) -> Self {
        Self { command: Some(command), ..self }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&'static str> for Hint {
    fn from(text: &'static str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}
