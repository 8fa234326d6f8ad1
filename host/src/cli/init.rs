//! `longshore init`

use clap::Args;

use super::Context;
use crate::{exit_code::ExitCode, failure::Failure};

/// Write a commented configuration to start with
#[derive(Debug, Args)]
pub(crate) struct Init {}

impl Init {
    pub(super) fn run(self, _context: &Context<'_>) -> Result<ExitCode, Failure> {
        Ok(ExitCode::Done)
    }
}
