//! Problems of a configuration: the message, the place, and a hint.

use std::fmt;
use std::path::PathBuf;

use super::origin::{Origin, Source, Taken};

/// One thing that is wrong (or, as a warning, doubtful) in a configuration.
///
/// `Display` is one line, `file:line:column: key: message`, and a second one, `  hint: …`, when there is advice.
/// No part of it contains a configured value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The message: a lower-case fragment.
    pub message: String,
    /// The file it stands in, relative to the folder the program was started in when it lies below that.
    pub file: Option<PathBuf>,
    /// Line in `file`, from 1.
    pub line: Option<u32>,
    /// Column in that line, in characters, from 1.
    pub column: Option<u32>,
    /// Dotted key of the value concerned.
    pub key: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The value was given on the command line, not in a file.
    pub from_override: bool,
}

impl Problem {
    /// A problem of no certain place.
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

    /// A problem at the place and key of a value.
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

    /// A problem with the value itself: like [`Problem::at`], with the variables that it came from as the hint.
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
            problem.hint = Some(format!("the value comes from {}", names.join(" and ")));
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

    /// Adds advice, after any that is there already.
    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.hint = Some(match self.hint.take() {
            Some(first) => format!("{first}; {hint}"),
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
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// All that is wrong with a configuration: at least one problem, in the order of file and line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `None` when there is none.
    pub fn from_list(mut problems: Vec<Problem>) -> Option<Self> {
        problems.sort_by(|a, b| (&a.file, a.line, a.column, &a.key).cmp(&(&b.file, b.line, b.column, &b.key)));
        problems.dedup();
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// The list itself.
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
