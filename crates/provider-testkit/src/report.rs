//! The results of a run of cases.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::{case::Case, outcome::Outcome};

/// The results of a run of cases.
#[derive(Debug)]
pub struct Report {
    target: String,
    ran: Vec<CaseResult>,
}

/// Counts why cases were skipped, most frequent reason first. A reason is the name of a missing need
/// ([`Need::name`](crate::Need::name)), `other cases` if a case that they depend on failed, or `other reasons`.
pub fn skipped<'a>(ran: impl IntoIterator<Item = (&'static Case, &'a Outcome)>) -> Vec<(&'static str, usize)> {
    let mut counts = BTreeMap::new();
    for (case, outcome) in ran {
        let Outcome::Skipped { reason } = outcome else { continue };
        let missing = case.needs.iter().find(|need| need.lack() == reason).map(|need| need.name());
        let missing = missing.or(reason.ends_with(DEPENDS).then_some("other cases"));
        *counts.entry(missing.unwrap_or("other reasons")).or_insert(0) += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// Suffix of the reason for skipping a case because a case that it depends on failed.
pub(crate) const DEPENDS: &str = ", and this depends on it";

/// [`skipped`] as text: ` (for want of: open 31, head 8)`, or an empty string.
pub fn skipped_for(skipped: &[(&'static str, usize)]) -> String {
    let words: Vec<String> = skipped.iter().map(|(missing, count)| format!("{missing} {count}")).collect();
    if words.is_empty() { String::new() } else { format!(" (for want of: {})", words.join(", ")) }
}

/// The result of one case.
#[derive(Debug)]
pub struct CaseResult {
    /// The case that was run.
    pub case: &'static Case,
    /// The outcome of the case.
    pub outcome: Outcome,
    /// The duration of the case.
    pub took: Duration,
}

impl Report {
    pub(crate) fn new(target: &str, ran: Vec<CaseResult>) -> Self {
        Self { target: target.to_owned(), ran }
    }

    /// The results of all cases that were run.
    pub fn ran(&self) -> &[CaseResult] {
        &self.ran
    }

    /// Whether no case failed or crashed.
    pub fn is_good(&self) -> bool {
        self.ran.iter().all(|ran| ran.outcome.is_good())
    }

    /// Every failure, crash and warning, each with the call that runs its case alone, followed by the counts.
    pub fn problems(&self) -> String {
        let ran = self.ran.iter().filter(|ran| ran.outcome.finding().is_some());
        let alone = |ran: &CaseResult| format!("{ran}\n         alone:     `.check_only([\"{}\"])`\n", ran.case.id);
        ran.map(alone).chain([self.counts()]).collect()
    }

    /// The number of cases whose outcome has this [`Outcome::word`].
    pub fn count(&self, word: &str) -> usize {
        self.ran.iter().filter(|ran| ran.outcome.word() == word).count()
    }

    fn counts(&self) -> String {
        let counts: Vec<String> = ["passed", "failed", "crashed", "warning", "skipped"]
            .into_iter()
            .map(|word| (self.count(word), word))
            .filter(|(count, word)| *count > 0 || matches!(*word, "passed" | "failed"))
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let skipped = skipped(self.ran.iter().map(|ran| (ran.case, &ran.outcome)));
        format!("{}: {}{}", self.target, counts.join(", "), skipped_for(&skipped))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ran in &self.ran {
            writeln!(f, "{ran}")?;
        }
        f.write_str(&self.counts())
    }
}

impl fmt::Display for CaseResult {
    /// One line. A failure, crash or warning adds the expected and the observed behavior, the rule, its place in the
    /// documentation, and the advice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8} {:28} ", self.outcome.word(), self.case.id)?;
        if let Outcome::Skipped { reason } = &self.outcome {
            return f.write_str(reason);
        }
        let Some(finding) = self.outcome.finding() else { return f.write_str(self.case.description) };
        f.write_str(&finding.reason)?;
        let mut line = |name: &str, text: &str| {
            let text = text.replace('\n', "\n                    ");
            write!(f, "\n         {name:9}  {text}")
        };
        if let Some(expected) = &finding.expected {
            line("expected:", expected)?;
        }
        if let Some(found) = &finding.found {
            line("found:", found)?;
        }
        line("rule:", self.case.rule)?;
        line("contract:", &self.case.contract().to_string())?;
        line("to do:", finding.advice.as_deref().unwrap_or(self.case.remedy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Need;

    #[test]
    fn what_was_missing_is_counted() {
        let case = |id: &str| crate::cases().find(|case| case.id == id).unwrap();
        let skipped_as = |reason: &str| Outcome::Skipped { reason: reason.to_owned() };
        let open = skipped_as(Need::Open.lack());
        let (head, other) = (skipped_as(Need::Head.lack()), skipped_as("a reason of its own"));
        let depends = skipped_as(&format!("`upload.works` failed{DEPENDS}"));
        let counted = skipped([
            (case("range.start"), &open),
            (case("head.size"), &head),
            (case("range.middle"), &open),
            (case("upload.empty"), &depends),
            (case("upload.large"), &other),
            (case("upload.works"), &Outcome::Passed),
        ]);
        assert_eq!(counted, [("open", 2), ("head", 1), ("other cases", 1), ("other reasons", 1)]);
        assert_eq!(skipped_for(&counted[..2]), " (for want of: open 2, head 1)");
        assert_eq!(skipped_for(&[]), "");
    }
}
