//! The output: data to stdout, everything else to stderr. No other file writes to either.

mod chain;
mod escape;
mod hint;
mod output;

use std::{
    error::Error,
    fmt::Display,
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use longshore_plugin_host::config::Problem;
use serde::Serialize;
use tracing_subscriber::fmt::MakeWriter;

use self::{
    chain::Chain,
    escape::{escaped, inline},
};
pub(crate) use self::{escape::Inline, hint::text as hint_text, output::Output};
use crate::failure::Failure;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// Prints in the format of the command line's options.
pub(crate) struct Printer {
    json: bool,
    quiet: bool,
    verbose: bool,
    /// Progress bars on a terminal's stderr. Other output to the terminal suspends them.
    bars: MultiProgress,
    /// Whether the reader of stdout has closed it.
    closed: AtomicBool,
}

impl Printer {
    /// A printer with the options of the command line.
    pub(crate) fn new(output: &Output) -> Self {
        let bars = MultiProgress::new();
        if output.json || output.quiet || !io::stderr().is_terminal() {
            bars.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self {
            json: output.json,
            quiet: output.quiet,
            verbose: output.verbose > 0,
            bars,
            closed: AtomicBool::new(false),
        }
    }

    /// One result on stdout: a line of JSON, or one line of text. Line feeds in the text are escaped: a file name
    /// cannot imitate another result.
    pub(crate) fn record(&self, record: &(impl Serialize + Display)) -> Result<(), Failure> {
        if self.json { self.line(&json(record)) } else { self.line(&inline(&record.to_string())) }
    }

    /// One result on stdout: a line of JSON, or a text of several lines. Its `Display` writes untrusted texts as
    /// [`Inline`].
    pub(crate) fn block(&self, record: &(impl Serialize + Display)) -> Result<(), Failure> {
        if self.json { self.line(&json(record)) } else { self.line(&escaped(&record.to_string())) }
    }

    /// Text on stdout; with `--json` nothing is printed.
    pub(crate) fn text(&self, text: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { self.line(&escaped(text)) }
    }

    /// Whether stdout is JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether the reader has closed stdout: further output is useless.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Whether stdout is text on a terminal.
    pub(crate) fn is_for_a_person(&self) -> bool {
        !self.json && io::stdout().is_terminal()
    }

    /// Stdout as a sink of bytes.
    pub(crate) fn bytes() -> tokio::io::Stdout {
        tokio::io::stdout()
    }

    /// Prints a note on stderr.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(&format!("{}\n", escaped(text)));
        }
    }

    /// Prints a warning on stderr.
    pub(crate) fn warning(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(&Chain::of_text(text).render("warning", WARNING, HINT));
        }
    }

    /// Prints an error about a place of the configuration.
    pub(crate) fn failure_at(&self, place: &str, failure: &Failure) {
        self.print_failure(Some(place), failure);
    }

    /// Prints the error that ends the command.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.print_failure(None, failure);
    }

    fn print_failure(&self, place: Option<&str>, failure: &Failure) {
        if let Some(problems) = failure.problems() {
            for problem in problems {
                self.problem(problem);
            }
            return;
        }
        let mut chain = Chain::of(failure);
        if let Some(place) = place {
            chain.about(place);
        }
        if let Some(error) = failure.provider_error() {
            chain.add_facts(error);
        }
        self.to_stderr(&chain.render("error", ERROR, HINT));
        match failure.report() {
            Some(report) if self.verbose => self.to_stderr(&format!("\n{}\n", escaped(report))),
            _ => {}
        }
    }

    /// Prints a problem of the configuration on stderr.
    pub(crate) fn problem(&self, problem: &Problem) {
        self.to_stderr(&Chain::of_problem(problem).render("error", ERROR, HINT));
    }

    /// Prints a warning about the configuration on stderr.
    pub(crate) fn configuration_warning(&self, problem: &Problem) {
        if !self.quiet {
            self.to_stderr(&Chain::of_problem(problem).render("warning", WARNING, HINT));
        }
    }

    /// Prints the error of one of several inputs. With `--json` the error is a result like the others and goes to
    /// stdout, unless the verb writes bytes there.
    pub(crate) fn object_failure(
        &self,
        name: &str,
        error: &longshore_provider::Error,
        record: &impl Serialize,
        bytes_on_stdout: bool,
    ) -> Result<(), Failure> {
        match (self.json, bytes_on_stdout) {
            (true, false) => return self.line(&json(record)),
            (true, true) => self.to_stderr(&format!("{}\n", json(record))),
            (false, _) => {
                let mut chain = Chain::of(error);
                chain.about(name);
                chain.add_facts(error);
                self.to_stderr(&chain.render("error", ERROR, HINT));
            }
        }
        Ok(())
    }

    /// A progress bar for a transfer of `size` bytes, or of unknown size. Hidden if stderr is not a terminal.
    pub(crate) fn bar(&self, name: &str, size: Option<u64>) -> ProgressBar {
        let (bar, template) = match size {
            Some(size) => (
                ProgressBar::new(size),
                "{msg:30!} {wide_bar} {binary_bytes:>11}/{binary_total_bytes} {binary_bytes_per_sec:>13} {eta:>4}",
            ),
            None => (ProgressBar::new_spinner(), "{msg:30!} {binary_bytes:>11} {binary_bytes_per_sec:>13}"),
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bars.add(bar.with_style(style).with_message(inline(name).into_owned()))
    }

    /// A progress bar for so many things. Hidden if stderr is not a terminal.
    pub(crate) fn counter(&self, name: &str, count: u64) -> ProgressBar {
        let template = "{msg:30!} {wide_bar} {human_pos}/{human_len} {eta:>4}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bars.add(ProgressBar::new(count).with_style(style).with_message(name.to_owned()))
    }

    /// The writer for the log.
    pub(crate) fn log(&self) -> LogWriter {
        LogWriter { bars: self.bars.clone() }
    }

    fn line(&self, line: &str) -> Result<(), Failure> {
        if self.is_closed() {
            return Ok(());
        }
        let written = self.bars.suspend(|| {
            let mut stdout = anstream::stdout().lock();
            writeln!(stdout, "{line}").and_then(|()| stdout.flush())
        });
        match written {
            // The reader has closed the pipe, as in `longshore object ls | head`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed.store(true, Ordering::Relaxed);
                Ok(())
            }
            written => written.map_err(Failure::Output),
        }
    }

    /// Writes to stderr. Errors cannot be reported anywhere and are ignored.
    fn to_stderr(&self, text: &str) {
        self.bars.suspend(|| {
            let _ = anstream::stderr().lock().write_all(text.as_bytes());
        });
    }
}

/// Writes the lines of the log, with the progress bars suspended.
#[derive(Clone)]
pub(crate) struct LogWriter {
    bars: MultiProgress,
}

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| io::stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

impl MakeWriter<'_> for LogWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// An error with its causes, and its hints: for the fields of a record.
pub(crate) fn fields(error: &(dyn Error + 'static)) -> (String, Option<String>) {
    Chain::of(error).into_fields()
}

fn json(record: &impl Serialize) -> String {
    let json = serde_json::to_string(record).expect("records are structs of texts and numbers");
    escape::json(&json).into_owned()
}
