//! `cargo demo`: a tour through Longshore that drives the built `longshore` from outside, as a user would.
//!
//! [`setup::Setup`] is what the tour needs: an S3 server, a project folder, files to store. [`tour::walk`] is the
//! tour. Every step prints a line, and the program ends with 0 only if every check held.

#![forbid(unsafe_code)]

mod client;
mod failure;
mod fetch;
mod longshore;
mod next_steps;
mod print;
mod project;
mod sample;
mod server;
mod serving;
mod setup;
mod tour;

use std::{pin::pin, process::ExitCode};

use clap::Parser;
use tokio::{
    runtime::Runtime,
    select,
    signal::unix::{SignalKind, signal},
};

use crate::{failure::Failure, print::Print, setup::Setup};

/// As shells count it: 128 and the number of SIGINT.
const INTERRUPTED: u8 = 130;

/// A tour: public files, private files, and a provider of one's own, on an S3 server of this machine
#[derive(Parser)]
#[command(name = "cargo demo")]
struct Arguments {
    /// Leave server and project folder until Ctrl-C, and print commands to try
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let print = Print::new();
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            print.failure(&Failure::new("an async runtime", error));
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(demo(&arguments, &print));
    // Without waiting for a build that was interrupted.
    runtime.shutdown_background();
    code
}

/// Whatever way it ends, server and folder are gone with the setup.
async fn demo(arguments: &Arguments, print: &Print) -> ExitCode {
    let mut interruption = pin!(interruption());
    let setup = select! {
        setup = Setup::create(print) => setup,
        () = &mut interruption => return INTERRUPTED.into(),
    };
    let setup = match setup {
        Ok(setup) => setup,
        Err(failure) => {
            print.failure(&failure);
            return ExitCode::FAILURE;
        }
    };
    let outcome = select! {
        outcome = tour::walk(&setup, print) => outcome,
        () = &mut interruption => return INTERRUPTED.into(),
    };
    let code = match outcome {
        Ok(serving) if arguments.keep => {
            print.success();
            print.plain(&next_steps::text(&setup, Some(&serving)));
            interruption.await;
            return ExitCode::SUCCESS;
        }
        Ok(serving) => {
            match print.step("SIGTERM ends the server, which finishes what it has begun", serving.end()).await {
                Ok(()) => {
                    print.success();
                    ExitCode::SUCCESS
                }
                Err(failure) => {
                    print.failure(&failure);
                    ExitCode::FAILURE
                }
            }
        }
        Err(failure) => {
            print.failure(&failure);
            ExitCode::FAILURE
        }
    };
    if arguments.keep {
        print.plain(&next_steps::text(&setup, None));
        interruption.await;
    }
    code
}

/// Completes on the first signal to end: Ctrl-C, a closed terminal, or `kill`.
async fn interruption() {
    let listen = |kind| signal(kind).expect("a signal that may be listened for");
    let (mut interrupt, mut hangup, mut terminate) =
        (listen(SignalKind::interrupt()), listen(SignalKind::hangup()), listen(SignalKind::terminate()));
    select! {
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
        _ = terminate.recv() => {}
    }
}
