//! The origin of a value.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The origin of a value: its position, its key, and its environment variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The source of the value.
    pub source: Source,
    /// Line in the file, from 1; 0 if the value does not come from a file. An entry of a table has the line of its key.
    pub line: u32,
    /// Column in that line, in characters, from 1; 0 if the value does not come from a file.
    pub column: u32,
    /// Dotted key from the root, such as `upload.config.security.allowedTypes[0]`; empty for the root.
    pub key: String,
    /// The environment variables that were inserted into the value, in order.
    pub variables: Vec<Variable>,
}

/// The source of a value.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A file. The path is relative to the start folder if the file is below that folder.
    File(Arc<Path>),
    /// An override on the command line, with its original text.
    Override(Arc<str>),
    /// No file: the value is the host's own default.
    BuiltIn,
}

/// An environment variable that a value names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The replacement that was used.
    pub taken: Taken,
}

/// The replacement of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The variable's value.
    Value,
    /// The default next to the variable's name. The variable was not set, or was empty where that counts as not set.
    Default,
}

impl Origin {
    /// The host's own default for `key`.
    pub fn built_in(key: impl Into<String>) -> Self {
        Self { source: Source::BuiltIn, line: 0, column: 0, key: key.into(), variables: Vec::new() }
    }

    /// The origin of the entry `name`, at the position of this table.
    #[must_use]
    pub fn entry(&self, name: &str) -> Self {
        Self { key: join(&self.key, name), ..self.clone() }
    }

    /// The origin of the element `index`, at the position of this array.
    #[must_use]
    pub fn element(&self, index: usize) -> Self {
        Self { key: format!("{}[{index}]", self.key), ..self.clone() }
    }
}

/// Joins `parent.name`, and quotes the name if TOML requires it.
pub(super) fn join(parent: &str, name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let name = if bare { name.to_owned() } else { format!("{name:?}") };
    if parent.is_empty() { name } else { format!("{parent}.{name}") }
}

/// `file:line:column`, `--set` or `default`, then the variables.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::File(file) => write!(f, "{}:{}:{}", file.display(), self.line, self.column)?,
            Source::Override(_) => f.write_str("--set")?,
            Source::BuiltIn => f.write_str("default")?,
        }
        for variable in &self.variables {
            match variable.taken {
                Taken::Value => write!(f, ", {}", variable.name)?,
                Taken::Default => write!(f, ", default of {}", variable.name)?,
            }
        }
        Ok(())
    }
}

/// Omits the override's text, which may be a secret.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => f.debug_tuple("File").field(file).finish(),
            Self::Override(_) => f.write_str("Override(..)"),
            Self::BuiltIn => f.write_str("BuiltIn"),
        }
    }
}
