//! The errors of reading a plugin manifest from a file.

use std::path::PathBuf;

use thiserror::Error;

use crate::hint::Hint;

/// The manifest format that this host reads: the value of the key `longshore`.
pub const FORMAT: u64 = 1;

/// Why no manifest could be read from a file. The texts are fragments that follow the file's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ManifestError {
    /// The file could not be read, or changed during the read.
    #[error("the file cannot be read")]
    Unreadable,
    /// The file is a symbolic link that does not lead to a file.
    #[error("it is a link to `{}`, {found}", target.display())]
    Link {
        /// The target of the link.
        target: PathBuf,
        /// The reason why the target cannot be used.
        found: &'static str,
    },
    /// The file is larger than any provider's library.
    #[error("the file has {size} bytes, and a provider has at most {}", crate::library::MAX_FILE)]
    TooLarge {
        /// The file's size in bytes.
        size: u64,
    },
    /// The file is not an ELF file.
    #[error("a shared library (an ELF file) was expected, and {found}")]
    NotALibrary {
        /// The probable kind of the file.
        found: &'static str,
    },
    /// The file is shorter than its headers require.
    #[error("the library is truncated: its headers speak of {expected} bytes, and it has {found}")]
    Truncated {
        /// The size that the headers require, in bytes.
        expected: u64,
        /// The actual size in bytes.
        found: u64,
    },
    /// The library is for another machine or operating system.
    #[error("the library is for {found}, and this host is {host}")]
    Foreign {
        /// The platform that the library was compiled for.
        found: String,
        /// The platform that this process was compiled for.
        host: String,
    },
    /// The file is an ELF file that is not a shared library.
    #[error("not a library but {found}")]
    NotShared {
        /// The actual kind of the file.
        found: &'static str,
    },
    /// The file is an ELF file whose headers contradict each other.
    #[error("the library is damaged: {reason}")]
    Damaged {
        /// The contradiction that the reader found.
        reason: String,
    },
    /// The library has no section `.longshore`.
    #[error("a library, but not a Longshore provider: it has no plugin manifest")]
    NoManifest,
    /// The library contains more than one provider.
    #[error(
        "the library holds {} providers ({}), and one is allowed",
        names.len(),
        list(names)
    )]
    Several {
        /// The names of the providers, with `?` for each unreadable name.
        names: Vec<String>,
    },
    /// The section exists and cannot be parsed.
    #[error("the plugin manifest is malformed: {reason}")]
    Malformed {
        /// The reason.
        reason: String,
    },
    /// The manifest has a format that this host does not know yet.
    #[error("the plugin manifest has the format {format}, and this host reads the format {}", FORMAT)]
    Future {
        /// The manifest's format.
        format: u64,
    },
}

impl ManifestError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<Hint> {
        let hint = match self {
            Self::Unreadable => "look at its permissions, and whether the disk is well",
            Self::Link { .. } => "remove the link, or make it lead to the library",
            Self::TooLarge { .. } => "name the library itself, not a package of it",
            Self::NotALibrary { .. } => {
                "`cargo build` writes the library of a crate of type `cdylib` as `target/…/lib<name>.so`"
            }
            Self::Truncated { .. } => "build it again, or copy it again to its end",
            Self::Foreign { .. } => "build it for this host: `cargo build --release`",
            Self::NotShared { .. } => "a provider's Cargo.toml says `crate-type = [\"cdylib\"]` under `[lib]`",
            Self::Damaged { .. } => "build it again, or copy it again",
            Self::NoManifest => {
                "a provider is made by `longshore_provider::export_provider!` in a crate of type `cdylib`"
            }
            Self::Several { .. } => {
                "export one provider from each library; a provider that extends another one does not link it"
            }
            Self::Malformed { .. } => "build the provider again with a released `longshore-provider`",
            Self::Future { .. } => "update the host, or build the provider with an older `longshore-provider`",
        };
        Some(hint.into())
    }

    /// Whether the file does not claim to be a provider, as most files in a build folder do not.
    pub fn is_no_provider(&self) -> bool {
        matches!(self, Self::NoManifest | Self::NotALibrary { .. } | Self::NotShared { .. })
    }
}

/// Lists at most eight names on one line.
fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > 8 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
