//! The log: the host's own events and those of the providers, on stderr.
//!
//! Every event is one line, whatever its texts contain: names of files, messages of services and records of providers are
//! written out as `Inline`.

mod fields;

use anstream::ColorChoice;
use tracing_subscriber::EnvFilter;

use self::fields::InlineFields;
use crate::{
    failure::Failure,
    print::{Output, Printer},
};

/// Starts the log with the options of the command line.
pub(crate) fn start(output: &Output, print: &Printer) -> Result<(), Failure> {
    let directives = output.log.as_deref().unwrap_or(match (output.quiet, output.verbose) {
        (true, _) => "error",
        (_, 0) => "warn",
        (_, 1) => "info",
        (_, 2) => "debug",
        (_, _) => "trace",
    });
    let filter = EnvFilter::builder().parse(directives).map_err(|error| {
        let example = "hint: such as `info`, or `warn,longshore_plugin_host=debug`";
        Failure::Usage(format!("the log's filter cannot be read: {error}\n{example}"))
    })?;
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    tracing_subscriber::fmt()
        .compact()
        .without_time()
        .with_ansi(colour)
        .fmt_fields(InlineFields)
        .with_env_filter(filter)
        .with_writer(print.log())
        .init();
    Ok(())
}
