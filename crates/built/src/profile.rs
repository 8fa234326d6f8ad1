//! How things are built.

use std::env;

/// How the workspace is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quickly, as the tests have it.
    Dev,
    /// For use: optimised and stripped.
    Release,
}

impl Profile {
    /// The one that the running program was built in, by the folder that it lies in.
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
