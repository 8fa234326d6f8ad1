//! Outcomes of cases.

use std::fmt;

use longshore_provider::Error;
use serde::{Deserialize, Serialize};

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    /// The provider keeps the rule.
    Passed,
    /// The provider breaks the rule.
    Failed(Finding),
    /// The provider ended the process of the case.
    Crashed(Finding),
    /// The case does not apply, for example because the provider lacks the ability that the case checks.
    Skipped {
        /// The reason for skipping.
        reason: String,
    },
    /// The provider keeps the rule, but its author should know about the finding.
    Warning(Finding),
}

/// The reason for an outcome other than a pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    /// The problem, as a lower-case fragment.
    pub reason: String,
    /// The expected behavior.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The observed behavior.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Advice that replaces [`Case::remedy`](crate::Case::remedy).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Outcome {
    /// Whether the outcome is neither a failure nor a crash.
    pub fn is_good(&self) -> bool {
        !matches!(self, Self::Failed(_) | Self::Crashed(_))
    }

    /// The outcome in one word: `passed`, `failed`, `crashed`, `skipped`, `warning`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Crashed(_) => "crashed",
            Self::Skipped { .. } => "skipped",
            Self::Warning(_) => "warning",
        }
    }

    /// The finding of a failure, a crash or a warning.
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Failed(finding) | Self::Crashed(finding) | Self::Warning(finding) => Some(finding),
            Self::Passed | Self::Skipped { .. } => None,
        }
    }
}

impl Finding {
    /// A finding with a reason only.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }

    /// Merges `findings` into one. Joins their reasons, and lists each distinct expectation, observation and piece of
    /// advice once.
    pub(crate) fn all(findings: &[Self]) -> Option<Self> {
        let lines = |text: fn(&Self) -> Option<&String>| {
            let mut lines: Vec<&str> = Vec::new();
            for line in findings.iter().filter_map(text).map(String::as_str) {
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
            (!lines.is_empty()).then(|| lines.join("\n"))
        };
        let reasons: Vec<&str> = findings.iter().map(|finding| finding.reason.as_str()).collect();
        (!findings.is_empty()).then(|| Self {
            reason: reasons.join("; "),
            expected: lines(|finding| finding.expected.as_ref()),
            found: lines(|finding| finding.found.as_ref()),
            advice: lines(|finding| finding.advice.as_ref()),
        })
    }

    /// Adds the expected and the observed behavior.
    #[must_use]
    pub fn expected(mut self, expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        self.expected = Some(expected.to_string());
        self.found = Some(found.to_string());
        self
    }

    /// Adds advice that replaces the case's remedy.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

impl fmt::Display for Finding {
    /// The reason, followed by one line each for the expected behavior, the observed behavior and the advice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        for (name, text) in [("expected", &self.expected), ("found", &self.found), ("to do", &self.advice)] {
            if let Some(text) = text {
                write!(f, "\n{name:8}  {text}")?;
            }
        }
        Ok(())
    }
}

/// The reason why a case ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(Finding),
    Warned(Finding),
    Skipped(String),
}

/// The result of a case.
pub(crate) type Check<T = ()> = Result<T, Stop>;

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Failed(finding)
    }
}

impl From<Check> for Outcome {
    fn from(check: Check) -> Self {
        match check {
            Ok(()) => Self::Passed,
            Err(Stop::Failed(finding)) => Self::Failed(finding),
            Err(Stop::Warned(finding)) => Self::Warning(finding),
            Err(Stop::Skipped(reason)) => Self::Skipped { reason },
        }
    }
}

/// Ends a case as failed.
pub(crate) fn fail<T>(reason: impl Into<String>) -> Check<T> {
    Err(Stop::Failed(Finding::new(reason)))
}

/// Ends a case as failed, with the expected and the observed behavior.
pub(crate) fn fail_with<T>(
    reason: impl Into<String>,
    expected: impl fmt::Display,
    found: impl fmt::Display,
) -> Check<T> {
    Err(Stop::Failed(Finding::new(reason).expected(expected, found)))
}

/// Ends a case that does not apply as skipped.
pub(crate) fn skip<T>(reason: impl Into<String>) -> Check<T> {
    Err(Stop::Skipped(reason.into()))
}

/// Formats a provider's error with its kind and causes, for a finding.
pub(crate) fn describe(error: &Error) -> String {
    let causes: String = error.causes().flat_map(|cause| [": ", cause]).collect();
    let retryable = if error.is_retryable() { ", retryable" } else { "" };
    format!("{}{retryable}: {}{causes}", error.kind(), error.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_findings_all_are_told_and_nothing_twice() {
        assert_eq!(Finding::all(&[]), None);
        let one = Finding::new("`a` is refused").expected("a file", "an error of `a`").advice("change it");
        let other = Finding::new("`b` is refused").expected("a file", "an error of `b`");
        assert_eq!(Finding::all(std::slice::from_ref(&one)), Some(one.clone()));
        let all = Finding::all(&[one, other]).unwrap();
        assert_eq!(
            all.to_string(),
            "`a` is refused; `b` is refused\nexpected  a file\nfound     an error of `a`\nan error of `b`\nto do     change it"
        );
    }
}
