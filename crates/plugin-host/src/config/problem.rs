//! Problems of a configuration: the message, the position, and a hint.

use std::fmt;
use std::path::PathBuf;

use super::origin::{Origin, Source, Taken};
use crate::hint::Hint;

/// One error, or one warning, about a configuration.
///
/// `Display` prints one line, `file:line:column: key: message`. Neither the line nor the hint contains a configured value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The message: a lower-case fragment.
    pub message: String,
    /// The file with the problem, relative to the start folder if the file is below that folder.
    pub file: Option<PathBuf>,
    /// Line in `file`, from 1.
    pub line: Option<u32>,
    /// Column in that line, in characters, from 1.
    pub column: Option<u32>,
    /// Dotted key of the affected value.
    pub key: Option<String>,
    /// The advice for the user.
    pub hint: Option<Hint>,
    /// Whether the value comes from the command line and not from a file.
    pub from_override: bool,
}

impl Problem {
    /// A problem without a position.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            file: None,
            line: None,
            column: None,
            key: None,
            hint: None,
            from_override: false,
        }
    }

    /// A problem with the position and the key of a value.
    pub fn at(origin: &Origin, message: impl Into<String>) -> Self {
        let mut problem = Self::new(message);
        match &origin.source {
            Source::File(file) => {
                problem.file = Some(file.to_path_buf());
                problem.line = Some(origin.line);
                problem.column = Some(origin.column);
            }
            Source::Override(_) => problem.from_override = true,
            Source::BuiltIn => {}
        }
        problem.key = (!origin.key.is_empty()).then(|| origin.key.clone());
        problem
    }

    /// A problem with the value itself. It is like [`Problem::at`], and the hint names the variables of the value.
    pub fn of_value(origin: &Origin, message: impl Into<String>) -> Self {
        let mut problem = Self::at(origin, message);
        let names: Vec<_> = origin
            .variables
            .iter()
            .map(|variable| match variable.taken {
                Taken::Value => format!("the environment variable `{}`", variable.name),
                Taken::Default => format!("the default given for `{}`", variable.name),
            })
            .collect();
        if !names.is_empty() {
            problem.hint = Some(format!("the value comes from {}", names.join(" and ")).into());
        }
        problem
    }

    pub(super) fn in_file(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { file: Some(file.into()), ..Self::new(message) }
    }

    pub(super) fn on_line(mut self, line: u32, column: Option<u32>) -> Self {
        self.line = Some(line);
        self.column = column;
        self
    }

    pub(super) fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Adds a hint after the existing one.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Hint>) -> Self {
        let hint = hint.into();
        self.hint = Some(match self.hint.take() {
            Some(first) => first.and(&hint),
            None => hint,
        });
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}", file.display())?;
            for number in [self.line, self.column].into_iter().flatten() {
                write!(f, ":{number}")?;
            }
            f.write_str(": ")?;
        } else if self.from_override {
            f.write_str("--set: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// All problems of a configuration: at least one, ordered by file and line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Returns `None` if the list is empty.
    pub fn from_list(mut problems: Vec<Problem>) -> Option<Self> {
        problems.sort_by(|a, b| (&a.file, a.line, a.column, &a.key).cmp(&(&b.file, b.line, b.column, &b.key)));
        problems.dedup();
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// Iterates over the problems.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// Returns the list of problems.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
