//! x
use clap::Subcommand;
use super::Context;
use crate::{exit_code::ExitCode, failure::Failure};
/// x
#[derive(Debug, Subcommand)]
pub(crate) enum Config { A }
impl Config { pub(super) fn run(self, _c: &Context<'_>) -> Result<ExitCode, Failure> { Ok(ExitCode::Done) } }
