//! Why a file is not taken for a provider's library.

use std::path::PathBuf;

use thiserror::Error;

/// Why no note was read from a file. The texts are fragments for after the file's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ManifestError {
    /// The file could not be read at all, or changed while it was.
    #[error("the file cannot be read\nhint: look at its permissions, and whether the disk is well")]
    Unreadable,
    /// A symbolic link that leads to no file.
    #[error("it is a link to `{}`, {found}\nhint: remove the link, or make it lead to the library", target.display())]
    Link {
        /// What the link says.
        target: PathBuf,
        /// Where it leads instead.
        found: &'static str,
    },
    /// Larger than any library.
    #[error(
        "the file has {size} bytes, and a provider has at most {}\nhint: name the library itself, not a package of it",
        crate::library::MAX_FILE
    )]
    TooLarge {
        /// The file's size in bytes.
        size: u64,
    },
    /// No ELF file.
    #[error(
        "a shared library (an ELF file) was expected, and {found}\n\
         hint: `cargo build` writes the library of a crate of type `cdylib` as `target/…/lib<name>.so`"
    )]
    NotALibrary {
        /// What it looks like.
        found: &'static str,
    },
    /// The file is shorter than its headers say.
    #[error(
        "the library is truncated: its headers speak of {expected} bytes, and it has {found}\n\
         hint: build it again, or copy it again to its end"
    )]
    Truncated {
        /// Bytes that have to be there.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// For another machine or system.
    #[error(
        "the library is for {found}, and this host is {host}\nhint: build it for this host: `cargo build --release`"
    )]
    Foreign {
        /// What the library was compiled for.
        found: String,
        /// What this process was compiled for.
        host: String,
    },
    /// An ELF file that cannot be loaded into a process.
    #[error("not a library but {found}\nhint: a provider's Cargo.toml says `crate-type = [\"cdylib\"]` under `[lib]`")]
    NotShared {
        /// What it is.
        found: &'static str,
    },
    /// ELF, but its headers contradict each other.
    #[error("the library is damaged: {reason}\nhint: build it again, or copy it again")]
    Damaged {
        /// What the reader stumbled over.
        reason: String,
    },
    /// A library without our section.
    #[error(
        "a library, but not a Longshore provider: it carries no provider's note\n\
         hint: a provider is made by `longshore_provider::export_provider!` in a crate of type `cdylib`"
    )]
    NoNote,
    /// More than one provider in one library.
    #[error(
        "the library holds {} providers ({}), and one is allowed\n\
         hint: export one provider from each library; a provider that extends another one does not link it",
        names.len(),
        list(names)
    )]
    Several {
        /// Their names, `?` for those that cannot be read.
        names: Vec<String>,
    },
    /// The section is there and cannot be understood.
    #[error(
        "the provider's note is malformed: {reason}\nhint: build the provider again with a released `longshore-provider`"
    )]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// A format that this host does not know yet.
    #[error(
        "the provider's note has the format {format}, and this host reads the format {}\n\
         hint: update the host, or build the provider with an older `longshore-provider`",
        super::FORMAT
    )]
    Future {
        /// The note's format.
        format: u64,
    },
}

impl ManifestError {
    /// Whether the file makes no claim at all to be a provider, as most files in a build folder do not.
    pub fn is_no_provider(&self) -> bool {
        matches!(self, Self::NoNote | Self::NotALibrary { .. } | Self::NotShared { .. })
    }
}

/// At most eight names, for one line.
fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > 8 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
