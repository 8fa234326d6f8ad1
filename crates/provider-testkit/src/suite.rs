//! Selects and runs the cases.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use longshore_provider::tokio::{self, time::timeout};

use crate::{
    case::Case,
    context::CaseContext,
    outcome::{Finding, Outcome},
    report::{CaseResult, DEPENDS, Report},
    test_target::TestTarget,
};

/// Every case, in the order of the report.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    crate::cases::ALL.iter().copied().flatten()
}

/// A selection of cases.
#[derive(Clone, Debug)]
pub struct Suite {
    cases: Vec<&'static Case>,
}

/// The parameters of a run.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The seed of all pseudorandom data.
    pub seed: u64,
    /// A number that distinguishes the keys of this run from those of other runs.
    pub number: u64,
    /// The time limit of one case.
    pub limit: Duration,
}

/// A pattern that matches no case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCase {
    /// The pattern.
    pub pattern: String,
}

impl std::fmt::Display for UnknownCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no case is called `{}`", self.pattern)
    }
}

impl std::error::Error for UnknownCase {}

impl Default for Run {
    /// A number that is unlikely to repeat, a fixed seed, and a limit of one minute for each case.
    fn default() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let number = (u64::from(now.subsec_nanos()) ^ now.as_secs()).rotate_left(16) ^ u64::from(std::process::id());
        Self { seed: 1, number: number & 0xffff_ffff, limit: Duration::from_mins(1) }
    }
}

impl Suite {
    /// Selects the cases that match `patterns`: ids, groups, or texts with `*`.
    ///
    /// # Errors
    ///
    /// A pattern matches no case.
    pub fn of<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Self, UnknownCase> {
        let patterns: Vec<T> = patterns.into_iter().collect();
        for pattern in &patterns {
            if !cases().any(|case| case.is_meant_by(pattern.as_ref())) {
                return Err(UnknownCase { pattern: pattern.as_ref().to_owned() });
            }
        }
        let meant = |case: &&Case| patterns.iter().any(|pattern| case.is_meant_by(pattern.as_ref()));
        Ok(Self { cases: cases().filter(meant).collect() })
    }

    /// The selected cases.
    pub fn cases(&self) -> impl Iterator<Item = &'static Case> {
        self.cases.iter().copied()
    }

    /// Removes the cases for which `unwanted` returns `true`.
    #[must_use]
    pub fn without(mut self, unwanted: impl Fn(&Case) -> bool) -> Self {
        self.cases.retain(|case| !unwanted(case));
        self
    }

    /// Removes the cases that match `patterns`: ids, groups, or texts with `*`.
    ///
    /// # Errors
    ///
    /// A pattern matches no case.
    pub fn except<T: AsRef<str>>(self, patterns: impl IntoIterator<Item = T>) -> Result<Self, UnknownCase> {
        let unwanted = Self::of(patterns)?;
        Ok(self.without(|case| unwanted.cases.iter().any(|other| other.id == case.id)))
    }

    /// Runs the cases one after the other in a runtime on a separate thread. Each case gets a provider of its own.
    ///
    /// # Panics
    ///
    /// The system cannot start a thread.
    pub fn run(&self, target: impl TestTarget + 'static, run: Run) -> Report {
        let target: Arc<dyn TestTarget> = Arc::new(target);
        let all = || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.expect("a runtime needs threads from the system");
            let mut prerequisites = Prerequisites::default();
            let mut ran = Vec::new();
            for case in self.cases() {
                let started = Instant::now();
                let outcome =
                    prerequisites.outcome(case, |case| runtime.block_on(run_case(case, Arc::clone(&target), run)));
                ran.push(CaseResult { case, outcome, took: started.elapsed() });
            }
            ran.extend(prerequisites.failed(self).into_iter().map(|(case, outcome)| CaseResult {
                case,
                outcome,
                took: Duration::ZERO,
            }));
            runtime.shutdown_background();
            ran
        };
        let ran = std::thread::scope(|scope| scope.spawn(all).join());
        Report::new(target.name(), ran.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    }
}

/// The outcomes of the cases that other cases depend on. Each of these cases runs once.
#[derive(Debug, Default)]
pub struct Prerequisites(BTreeMap<&'static str, Outcome>);

impl Prerequisites {
    /// Returns the outcome of `run` for `case`. The cases that `case` depends on run first, whether or not they were
    /// selected. If one of them fails, `case` is skipped.
    pub fn outcome(&mut self, case: &'static Case, mut run: impl FnMut(&'static Case) -> Outcome) -> Outcome {
        for id in case.depends_on() {
            let prerequisite = cases().find(|case| case.id == *id).expect("what cases depend on are cases");
            let outcome = self.0.entry(prerequisite.id).or_insert_with(|| run(prerequisite));
            if !outcome.is_good() {
                return Outcome::Skipped { reason: format!("`{id}` {}{DEPENDS}", outcome.word()) };
            }
        }
        self.0.get(case.id).cloned().unwrap_or_else(|| run(case))
    }

    /// The failed prerequisites that are not among `chosen`. The report needs them to explain why the cases that depend
    /// on them were skipped.
    pub fn failed(&self, chosen: &Suite) -> Vec<(&'static Case, Outcome)> {
        let unchosen = cases().filter(|case| !chosen.cases.iter().any(|other| other.id == case.id));
        unchosen
            .filter_map(|case| Some((case, self.0.get(case.id).filter(|outcome| !outcome.is_good())?.clone())))
            .collect()
    }
}

/// Runs one case on a new provider from `target`.
pub async fn run_case(case: &'static Case, target: Arc<dyn TestTarget>, run: Run) -> Outcome {
    let context = Arc::new(CaseContext::new(target, case, run.seed, run.number));
    // The case runs in a task of its own, because the time limit must hold even if the provider blocks the thread of
    // its caller.
    let mut checked = tokio::spawn({
        let context = Arc::clone(&context);
        async move {
            context.require(case.needs).await?;
            (case.check)(&context).await?;
            context.warnings()
        }
    });
    let outcome = match timeout(run.limit, &mut checked).await {
        Ok(Ok(check)) => Outcome::from(check),
        Ok(Err(error)) => {
            let panic = error.try_into_panic().unwrap_or_else(|_| Box::new("it was aborted"));
            Outcome::Failed(Finding::new(format!("the case itself panicked: {}", message(&*panic))))
        }
        Err(_) => Outcome::Failed(
            Finding::new(format!(
                "the case did not end within {:?}{}",
                run.limit,
                context.running().map_or_else(String::new, |methods| format!(": {methods} did not return"))
            ))
            .advice("a call of the provider does not return; look for a lock that is held across an `await`"),
        ),
    };
    checked.abort();
    context.clear().await;
    outcome
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_of_one_form() {
        let ids: BTreeSet<&str> = cases().map(|case| case.id).collect();
        assert_eq!(ids.len(), cases().count());
        for id in ids {
            assert!(
                id.contains('.')
                    && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b)),
                "{id}"
            );
        }
    }

    #[test]
    fn every_case_says_what_it_does_which_rule_it_checks_and_what_to_do() {
        for case in cases() {
            assert!(!case.description.is_empty() && !case.description.ends_with('.'), "{}", case.id);
            assert!(!case.rule.is_empty() && !case.remedy.is_empty(), "{}", case.id);
        }
    }

    #[test]
    fn cases_are_left_out() {
        let left = Suite::of(["range", "open"]).unwrap().except(["range.*", "open.meta"]).unwrap();
        assert_eq!(left.cases().map(|case| case.id).collect::<Vec<_>>(), ["open.announced", "open.missing"]);
        assert!(Suite::of(["*"]).unwrap().except(["uplaod"]).is_err());
    }

    #[test]
    fn a_pattern_that_means_nothing_is_refused() {
        assert!(Suite::of(["upload", "uplaod"]).is_err_and(|error| error.pattern == "uplaod"));
    }
}
