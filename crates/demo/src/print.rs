//! The one place that prints.

use std::{
    cell::Cell,
    fmt::Display,
    io::{IsTerminal as _, Write as _, stdout},
    time::Instant,
};

use anstyle::{AnsiColor, Style};

use crate::failure::Failure;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const TITLE: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// Prints the tour: a title for each part of it, a line for each step.
pub(crate) struct Print {
    start: Instant,
    steps: Cell<usize>,
    terminal: bool,
}

impl Print {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), steps: Cell::new(0), terminal: stdout().is_terminal() }
    }

    /// A new part begins.
    pub(crate) fn title(&self, text: &str) {
        self.plain(&format!("\n{TITLE}{text}{TITLE:#}"));
    }

    /// Does a step, and prints what it was, whether it held, and how long it took.
    pub(crate) async fn step<T>(
        &self,
        text: impl Display,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        if self.terminal {
            self.raw(&format!("  {FAINT}…{FAINT:#} {text}"));
        }
        self.loud_step(&text, work).await
    }

    /// Like [`step`](Self::step), for work that prints by itself meanwhile.
    pub(crate) async fn loud_step<T>(
        &self,
        text: impl Display,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let start = Instant::now();
        let result = work.await;
        let mark = if result.is_ok() { format!("{GOOD}✓{GOOD:#}") } else { format!("{BAD}✗{BAD:#}") };
        let seconds = start.elapsed().as_secs_f64();
        let over = if self.terminal { "\r\x1b[K" } else { "" };
        self.plain(&format!("{over}  {mark} {text} {FAINT}({seconds:.2} s){FAINT:#}"));
        self.steps.set(self.steps.get() + 1);
        result
    }

    /// Every check held.
    pub(crate) fn success(&self) {
        let (steps, seconds) = (self.steps.get(), self.start.elapsed().as_secs_f64());
        self.plain(&format!("\n{GOOD}✓{GOOD:#} all {steps} steps held, in {seconds:.1} s"));
    }

    /// The check that did not hold.
    pub(crate) fn failure(&self, failure: &Failure) {
        let text = failure.to_string().replace('\n', "\n    ");
        self.plain(&format!("    {text}\n{BAD}✗{BAD:#} the demo ends here"));
    }

    /// Anything else.
    pub(crate) fn plain(&self, text: &str) {
        self.raw(&format!("{text}\n"));
    }

    #[expect(clippy::unused_self, reason = "only code that has the printer may print")]
    fn raw(&self, text: &str) {
        let mut out = anstream::stdout().lock();
        // Nobody listens any more: the exit code still tells.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}
