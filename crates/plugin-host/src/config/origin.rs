//! Where a value came from.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where a value came from: its place, its key, and the variables that it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Who wrote it.
    pub source: Source,
    /// Line in the file, from 1; 0 when it does not come from a file. For a table's entry this is where its key stands.
    pub line: u32,
    /// Column in that line, in characters, from 1; 0 when it does not come from a file.
    pub column: u32,
    /// Dotted key from the root, such as `upload.config.security.allowedTypes[0]`; empty for the root.
    pub key: String,
    /// The environment variables that were put into the value, in their order.
    pub variables: Vec<Variable>,
}

/// Who wrote a value.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, named relative to the folder the program was started in when it lies below that.
    File(Arc<Path>),
    /// An override of the command line, with the text as it was given there.
    Override(Arc<str>),
    /// No file: the value is the host's own default.
    BuiltIn,
}

/// An environment variable that a value names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Which part of it was taken.
    pub taken: Taken,
}

/// What took a variable's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Its value.
    Value,
    /// The default written beside its name: it was not set, or empty where that counts as not set.
    Default,
}

impl Origin {
    /// The host's own default for `key`.
    pub fn built_in(key: impl Into<String>) -> Self {
        Self { source: Source::BuiltIn, line: 0, column: 0, key: key.into(), variables: Vec::new() }
    }

    /// The same place, for the entry `name` of the table here.
    #[must_use]
    pub fn entry(&self, name: &str) -> Self {
        Self { key: join(&self.key, name), ..self.clone() }
    }

    /// The same place, for the element `index` of the array here.
    #[must_use]
    pub fn element(&self, index: usize) -> Self {
        Self { key: format!("{}[{index}]", self.key), ..self.clone() }
    }
}

/// `parent.name`, the name quoted where TOML would need it.
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

/// Without the override's text, which may be a secret.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => f.debug_tuple("File").field(file).finish(),
            Self::Override(_) => f.write_str("Override(..)"),
            Self::BuiltIn => f.write_str("BuiltIn"),
        }
    }
}
