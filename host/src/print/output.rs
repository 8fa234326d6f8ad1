//! The options of the command line for the output.

use clap::{ArgAction, Args};

/// The format and the amount of output.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Print newline-delimited JSON: one object for each result
    ///
    /// An input that fails is printed as an object too. An error that ends the command is printed on standard error as
    /// text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Log more: -v info, -vv debug, -vvv trace
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
    /// Print only errors and results
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// What to log, such as `warn,longshore_plugin_host=debug`
    #[arg(long, value_name = "FILTER", global = true, env = "LONGSHORE_LOG", hide_env_values = true)]
    pub(crate) log: Option<String>,
}
