//! What a run of cases found out.

use std::{fmt, time::Duration};

use crate::{case::Case, outcome::Outcome};

/// What a run of cases found out.
#[derive(Debug)]
pub struct Report {
    subject: String,
    ran: Vec<Ran>,
}

/// One case that was run.
#[derive(Debug)]
pub struct Ran {
    /// Which.
    pub case: &'static Case,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    pub(crate) fn new(subject: &str, ran: Vec<Ran>) -> Self {
        Self { subject: subject.to_owned(), ran }
    }

    /// Each case that was run.
    pub fn ran(&self) -> &[Ran] {
        &self.ran
    }

    /// Whether nothing failed.
    pub fn is_good(&self) -> bool {
        self.ran.iter().all(|ran| ran.outcome.is_good())
    }

    /// What is not as it should be, each with how it is run alone, and the counts.
    pub fn problems(&self) -> String {
        let ran = self.ran.iter().filter(|ran| ran.outcome.finding().is_some());
        let alone = |ran: &Ran| format!("{ran}\n         alone:     `.check_only([\"{}\"])`\n", ran.case.id);
        ran.map(alone).chain([self.counts()]).collect()
    }

    /// How many cases ended so.
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
        format!("{}: {}", self.subject, counts.join(", "))
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

impl fmt::Display for Ran {
    /// One line; and for what went wrong, what was expected, what was found, which rule it is, where it stands, and what to do.
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
