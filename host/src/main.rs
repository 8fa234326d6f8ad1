//! `longshore`: media storage with providers that are loaded at run time.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    longshore::longshore()
}
