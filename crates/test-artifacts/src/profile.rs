//! The Cargo profile of a build.

use std::env;

/// A Cargo profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The profile of the tests, which compiles quickly.
    Dev,
    /// The profile of releases: optimised and stripped.
    Release,
}

impl Profile {
    /// The profile that the running program was built with, derived from its folder.
    pub fn of_this_program() -> Self {
        let program = env::current_exe().unwrap_or_default();
        let release = program.ancestors().skip(1).take(2).any(|folder| folder.ends_with("release"));
        if release { Self::Release } else { Self::Dev }
    }

    pub(crate) fn folder_name(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}
