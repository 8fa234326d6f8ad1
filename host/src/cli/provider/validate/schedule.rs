//! The order in which cases run, several at once.

use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use longshore_provider_testkit::{Case, Outcome, Prerequisites, Suite, cases};

use super::{
    record::ValidatedCase,
    runner::{ALLOCATORS, CaseRunner},
};
use crate::{failure::Failure, print::Printer};

/// Runs the cases, `jobs` at once, and prints those that `is_shown` selects, in the order of the suite.
pub(super) fn test(
    runner: &CaseRunner,
    suite: &Suite,
    jobs: usize,
    print: &Printer,
    is_shown: impl Fn(&ValidatedCase) -> bool,
) -> Result<Vec<ValidatedCase>, Failure> {
    let show = |tested: &ValidatedCase| if is_shown(tested) { print.block(tested) } else { Ok(()) };
    let cases: Vec<&'static Case> = suite.cases().collect();
    // Prerequisites run first, one after the other, and each only once. `memory.allocators` runs first too: its outcome
    // decides how the other cases run.
    let mut prerequisites = Prerequisites::default();
    let first = |case: &Case| is_prerequisite(case) || case.id == ALLOCATORS;
    let reached: Vec<Option<ValidatedCase>> = cases
        .iter()
        .map(|case| {
            let started = Instant::now();
            let run = |case| if first(case) { runner.run(case).outcome } else { Outcome::Passed };
            let outcome = prerequisites.outcome(case, run);
            if case.id == ALLOCATORS && !outcome.is_good() {
                runner.share_the_allocator();
            }
            let known = first(case) || outcome != Outcome::Passed;
            known.then(|| runner.tested(case, outcome, started.elapsed()))
        })
        .collect();
    // A library that frees memory on the wrong side would fail every case. The allocator case therefore runs even if it
    // was not chosen.
    if reached.iter().any(Option::is_none)
        && let Some(case) = unchosen_allocators(&cases)
        && !runner.run(case).outcome.is_good()
    {
        runner.share_the_allocator();
    }
    let mut tested = Vec::new();
    let unchosen = prerequisites.failed(suite).into_iter();
    let unchosen: Vec<ValidatedCase> =
        unchosen.map(|(case, outcome)| runner.tested(case, outcome, Duration::ZERO)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::channel::<(usize, ValidatedCase)>();
        for _ in 0..jobs.min(cases.len()) {
            let (send, next, cases, reached) = (send.clone(), &next, &cases, &reached);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else { return };
                    let done = match &reached[index] {
                        Some(tested) => tested.clone(),
                        None => runner.run(case),
                    };
                    // The receiver is gone if printing has failed.
                    let _ = send.send((index, done));
                }
            });
        }
        drop(send);
        let mut waiting = BTreeMap::new();
        for (index, done) in receive {
            waiting.insert(index, done);
            while let Some(done) = waiting.remove(&tested.len()) {
                show(&done)?;
                tested.push(done);
            }
            if print.is_closed() {
                next.store(cases.len(), Ordering::Relaxed);
            }
        }
        for prerequisite in unchosen {
            show(&prerequisite)?;
            tested.push(prerequisite);
        }
        Ok(tested)
    })
}

/// The allocator case, which decides how the others run, unless `chosen` contains it.
fn unchosen_allocators(chosen: &[&Case]) -> Option<&'static Case> {
    let is_chosen = chosen.iter().any(|case| case.id == ALLOCATORS);
    cases().find(|case| case.id == ALLOCATORS && !is_chosen)
}

/// Whether other cases depend on this case.
pub(super) fn is_prerequisite(case: &Case) -> bool {
    cases().any(|other| other.depends_on().contains(&case.id))
}
