//! How the benchmarks measure: two contenders in turn, in one process, and the median of each.
//!
//! Machines are shared and noisy. A neighbour that slows one contender most likely slows the other a moment
//! later, so the ratio of the medians is more reliable than either figure. (criterion and divan run one contender to its end
//! before they start the next, which is why neither is used.)

#![forbid(unsafe_code)]

pub mod project;
pub mod role;

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
    compare_told(name, rounds, operations, || timed(&mut ours), || timed(&mut theirs))
}

/// The same for contenders that know themselves how long they took.
pub fn compare_told(
    name: &str,
    rounds: usize,
    operations: u32,
    mut ours: impl FnMut() -> Duration,
    mut theirs: impl FnMut() -> Duration,
) -> Comparison {
    ours();
    theirs();
    let (mut first, mut second) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for round in 0..rounds {
        // Whoever comes second may find the machine warmer, or its buffers fuller.
        if round % 2 == 0 {
            first.push(ours());
            second.push(theirs());
        } else {
            second.push(theirs());
            first.push(ours());
        }
    }
    Comparison { name: name.to_owned(), ours: median(&mut first), theirs: median(&mut second), operations }
}

impl Comparison {
    /// One row: ours, theirs, how many times as long ours takes.
    pub fn print(&self) {
        let ratio = self.ours.as_secs_f64() / self.theirs.as_secs_f64();
        row(&[&self.name, &self.each(self.ours), &self.each(self.theirs), &format!("{ratio:.2}")]);
    }

    /// The time of one operation. A `Duration` has whole nanoseconds, and some operations take less than one.
    fn each(&self, all: Duration) -> String {
        let nanoseconds = all.as_secs_f64() * 1e9 / f64::from(self.operations);
        match nanoseconds {
            ..1e3 => format!("{nanoseconds:.1} ns"),
            ..1e6 => format!("{:.2} µs", nanoseconds / 1e3),
            _ => format!("{:.2} ms", nanoseconds / 1e6),
        }
    }

    /// One row of rates: how many of `unit` in a second of ours, of theirs, and ours as a part of theirs. `amount` of
    /// them pass in one run.
    pub fn print_rates(&self, amount: f64, unit: &str) {
        let (ours, theirs) = (amount / self.ours.as_secs_f64(), amount / self.theirs.as_secs_f64());
        let rate = |rate: f64| format!("{rate:.0} {unit}/s");
        row(&[&self.name, &rate(ours), &rate(theirs), &format!("{:.3}", ours / theirs)]);
    }
}

/// The heading above rows of comparisons.
pub fn heading(title: &str, ours: &str, theirs: &str) {
    table(title, &["what", ours, theirs, "ratio"]);
}

/// The heading above any rows.
pub fn table(title: &str, columns: &[&str]) {
    remark(&format!("{title}\n"));
    row(columns);
    row(&vec!["---"; columns.len()]);
}

/// One row of a table.
#[expect(clippy::print_stdout, reason = "a benchmark's result")]
pub fn row(cells: &[&str]) {
    println!("| {} |", cells.join(" | "));
}

/// A sentence outside of a table.
#[expect(clippy::print_stdout, reason = "a benchmark's result")]
pub fn remark(text: &str) {
    println!("\n{text}");
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn timed(run: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}
