//! The printed results: one case, and the summary.

use std::{fmt, time::Duration};

use longshore_provider::serde_json::{Value, json};
use longshore_provider_testkit::{Case, CaseResult, Outcome, skipped};
use serde::{Serialize, Serializer};

use super::optional;

/// One case that was run.
#[derive(Clone)]
pub(super) struct ValidatedCase {
    pub(super) case: &'static Case,
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
    /// The command that runs only this case, with the same seed.
    pub(super) alone: String,
}

impl ValidatedCase {
    fn json(&self) -> Value {
        let finding = self.outcome.finding();
        let reason = match &self.outcome {
            Outcome::Skipped { reason } => Some(reason),
            _ => finding.map(|finding| &finding.reason),
        };
        let advice = finding.map(|finding| finding.advice.as_deref().unwrap_or(self.case.remedy));
        json!({
            "id": self.case.id,
            "status": self.outcome.word(),
            "description": self.case.description,
            "rule": self.case.rule,
            "reason": optional(reason),
            "expected": optional(finding.and_then(|finding| finding.expected.as_ref())),
            "found": optional(finding.and_then(|finding| finding.found.as_ref())),
            "contract": self.case.contract().page,
            "advice": advice,
            "alone": finding.map(|_| &self.alone),
            "seconds": self.took.as_secs_f64(),
        })
    }
}

impl Serialize for ValidatedCase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}

impl fmt::Display for ValidatedCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        CaseResult { case: self.case, outcome: self.outcome.clone(), took: self.took }.fmt(f)?;
        if self.outcome.finding().is_some() {
            write!(f, "\n         alone:     {}", self.alone)?;
        }
        Ok(())
    }
}

/// A case in the output of `--list`.
#[derive(Serialize)]
pub(super) struct Listed {
    id: &'static str,
    description: &'static str,
    rule: &'static str,
    contract: &'static str,
    remedy: &'static str,
    needs: Vec<&'static str>,
}

impl From<&Case> for Listed {
    fn from(case: &Case) -> Self {
        let needs = case.needs.iter().map(|need| need.name()).collect();
        let Case { id, description, rule, remedy, .. } = *case;
        Self { id, description, rule, contract: case.contract().page, remedy, needs }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:28} {}", self.id, self.description)?;
        if !self.needs.is_empty() {
            write!(f, " (needs {})", self.needs.join(", "))?;
        }
        Ok(())
    }
}

/// The summary of all cases.
#[derive(Serialize)]
pub(super) struct Summary {
    provider: String,
    passed: usize,
    failed: usize,
    crashed: usize,
    warnings: usize,
    skipped: usize,
    /// How many cases were skipped, by reason.
    #[serde(rename = "skippedFor", serialize_with = "as_map")]
    skipped_for: Vec<(&'static str, usize)>,
    seed: u64,
    seconds: f64,
    #[serde(skip)]
    warnings_count: WarningsCount,
}

/// The effect of a warning on the result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WarningsCount {
    /// A warning counts as a pass.
    AsPasses,
    /// A warning counts as a failure (`--strict`).
    AsFailures,
}

impl WarningsCount {
    /// Whether a case with this outcome fails the run.
    pub(super) fn fails(self, outcome: &Outcome) -> bool {
        !outcome.is_good() || (self == Self::AsFailures && matches!(outcome, Outcome::Warning(_)))
    }
}

impl Summary {
    pub(super) fn new(
        provider: &str,
        seed: u64,
        took: Duration,
        tested: &[ValidatedCase],
        warnings_count: WarningsCount,
    ) -> Self {
        let count = |word: &str| tested.iter().filter(|tested| tested.outcome.word() == word).count();
        Self {
            provider: provider.to_owned(),
            passed: count("passed"),
            failed: count("failed"),
            crashed: count("crashed"),
            warnings: count("warning"),
            skipped: count("skipped"),
            skipped_for: skipped(tested.iter().map(|tested| (tested.case, &tested.outcome))),
            seed,
            seconds: took.as_secs_f64(),
            warnings_count,
        }
    }

    pub(super) fn is_good(&self) -> bool {
        let warnings = if self.warnings_count == WarningsCount::AsFailures { self.warnings } else { 0 };
        self.failed + self.crashed + warnings == 0
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, passed, failed, crashed, warnings, skipped, skipped_for, seed, seconds, .. } = self;
        write!(f, "{provider}: {passed} passed, {failed} failed, {crashed} crashed, {warnings} with a warning, ")?;
        let missing = longshore_provider_testkit::skipped_for(skipped_for);
        write!(f, "{skipped} skipped{missing} in {seconds:.1} s (seed {seed})")
    }
}

fn as_map<S: Serializer>(entries: &[(&'static str, usize)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().copied())
}
