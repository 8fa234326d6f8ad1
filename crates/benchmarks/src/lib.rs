//! How the benchmarks measure: two contenders in turn, in one process, and the median of each.
//!
//! Machines are shared and noisy. What a neighbour does to one contender, it most likely does to the other a moment
//! later, so the ratio of the medians says more than either figure. (criterion and divan run one contender to its end
//! before they start the next, which is why neither is used.)

#![forbid(unsafe_code)]

pub mod project;

use std::time::{Duration, Instant};

/// What came out of a comparison.
pub struct Comparison {
    name: String,
    ours: Duration,
    theirs: Duration,
    /// How many operations one run has.
    operations: u32,
}

/// Runs `ours` and `theirs` in turn, `rounds` times each; each run does `operations` operations.
pub fn compare(
    name: &str,
    rounds: usize,
    operations: u32,
    mut ours: impl FnMut(),
    mut theirs: impl FnMut(),
) -> Comparison {
    ours();
    theirs();
    let (mut first, mut second) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for _ in 0..rounds {
        first.push(timed(&mut ours));
        second.push(timed(&mut theirs));
    }
    Comparison { name: name.to_owned(), ours: median(&mut first), theirs: median(&mut second), operations }
}

impl Comparison {
    /// One row: ours, theirs, how much longer ours takes.
    #[expect(clippy::print_stdout, reason = "a benchmark's result")]
    pub fn print(&self) {
        let (ours, theirs) = (self.ours / self.operations, self.theirs / self.operations);
        let ratio = self.ours.as_secs_f64() / self.theirs.as_secs_f64();
        println!("| {} | {ours:.2?} | {theirs:.2?} | {ratio:.2} |", self.name);
    }

    /// The median time of one run of ours.
    pub fn ours(&self) -> Duration {
        self.ours
    }

    /// The median time of one run of theirs.
    pub fn theirs(&self) -> Duration {
        self.theirs
    }
}

/// The heading above rows of comparisons.
#[expect(clippy::print_stdout, reason = "a benchmark's result")]
pub fn heading(title: &str, ours: &str, theirs: &str) {
    println!("\n{title}\n\n| what | {ours} | {theirs} | ratio |\n|---|---|---|---|");
}

/// A sentence below a table.
#[expect(clippy::print_stdout, reason = "a benchmark's result")]
pub fn remark(text: &str) {
    println!("\n{text}");
}

/// The middle of the times.
pub fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn timed(run: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}
