//! Where the crates of the interface come from.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

use flate2::read::DeflateDecoder;
use serde::Deserialize;

use crate::failure::Failure;

/// Where the crates of the interface come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Interface {
    /// The folder with `provider/` and `provider-testkit/`, absolute.
    Folder(PathBuf),
    /// A registry.
    Version(String),
    /// This program.
    Carried,
}

/// The archive that the build packed: see `host/build.rs`.
#[derive(Deserialize)]
pub(super) struct Carried {
    /// The version of the interface.
    pub(super) version: String,
    /// The sources, by path.
    pub(super) files: BTreeMap<String, String>,
    /// A lock file with the versions that they were tested with.
    pub(super) lock: String,
}

impl Interface {
    /// The interface that the command line names.
    pub(super) fn asked(asked: &str) -> Result<Self, Failure> {
        if is_version(asked) {
            return Ok(Self::Version(asked.to_owned()));
        }
        let found = fs::canonicalize(asked).ok().and_then(|path| sources(&path));
        // Cargo.toml is text.
        let found = found.filter(|folder| folder.to_str().is_some());
        found.map(Self::Folder).ok_or_else(|| {
            Failure::Usage(format!(
                "the interface crates are not at `{asked}`\n\
                 hint: `--interface` takes a folder with longshore's sources, or a version such as `1.0.0`"
            ))
        })
    }

    /// The workspace, if this program runs from its target folder; else the sources in this program.
    pub(super) fn at_hand() -> Self {
        let program = std::env::current_exe().and_then(fs::canonicalize).unwrap_or_default();
        workspace_of(&program).map_or(Self::Carried, Self::Folder)
    }
}

impl Carried {
    /// Unpacks the archive.
    pub(super) fn unpack() -> Self {
        const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/interface.json.deflate"));
        serde_json::from_reader(DeflateDecoder::new(PACKED)).expect("the build packed it in this form")
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Version(version) => f.write_str(version),
            Self::Carried => f.write_str("interface/"),
        }
    }
}

/// The folder with the interface crates, from that of the whole sources, of those crates, or of one of them.
fn sources(path: &Path) -> Option<PathBuf> {
    let folders = [Some(path.join("crates")), Some(path.to_owned()), path.parent().map(Path::to_owned)];
    let complete = |folder: &PathBuf| {
        ["provider", "provider-testkit"].iter().all(|name| folder.join(name).join("Cargo.toml").is_file())
    };
    folders.into_iter().flatten().find(complete)
}

/// `<workspace>/target/<profile>/longshore` has its sources in `<workspace>/crates`.
fn workspace_of(program: &Path) -> Option<PathBuf> {
    let target = program.parent()?.parent()?;
    let root = target.parent().filter(|root| target.ends_with("target") && root.join("Cargo.toml").is_file())?;
    sources(root).filter(|folder| folder.to_str().is_some())
}

/// One to three numbers, with what semver allows around them.
fn is_version(text: &str) -> bool {
    let text = text.strip_prefix(['=', '^', '~']).unwrap_or(text);
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte));
    plain && core.split('.').count() <= 3 && core.split('.').all(|number| number.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_distinguished_from_a_path() {
        for version in ["1", "1.0", "1.0.0", "=1.2.3", "^1", "1.0.0-rc.1"] {
            assert!(is_version(version), "{version}");
        }
        for path in ["", ".", "..", "./1", "1/2", "v1", "1.0.0.0", "1.x", "\"", "1\"", "1.0\n"] {
            assert!(!is_version(path), "{path}");
        }
    }

    #[test]
    fn the_workspace_is_known_by_its_target_folder() {
        let root = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        let program = root.join("target/debug/longshore");
        assert_eq!(workspace_of(&program), Some(root.join("crates")));
        for elsewhere in ["/usr/bin/longshore", "/longshore", "/tmp/target/debug/longshore"] {
            assert_eq!(workspace_of(Path::new(elsewhere)), None);
        }
        assert_eq!(workspace_of(&root.join("dist/bin/longshore")), None);
    }

    #[test]
    fn the_sources_are_found_from_three_folders() {
        let root = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        for path in ["", "crates", "crates/provider"] {
            let path = root.join(path);
            assert_eq!(Interface::asked(path.to_str().unwrap()).unwrap(), Interface::Folder(root.join("crates")));
        }
        assert!(Interface::asked("nowhere").is_err() && Interface::asked("").is_err());
    }

    #[test]
    fn the_carried_sources_need_no_other_files() {
        let carried = Carried::unpack();
        let manifest = &carried.files["Cargo.toml"];
        assert!(!manifest.contains("../") && !manifest.contains("crates/"), "{manifest}");
        for folder in ["provider", "provider-abi", "provider-testkit"] {
            let manifest = &carried.files[&format!("{folder}/Cargo.toml")];
            assert!(!manifest.contains("dev-dependencies"), "{manifest}");
            assert!(carried.files.contains_key(&format!("{folder}/src/lib.rs")));
        }
        assert!(!carried.lock.contains("aws-sdk-s3"));
        assert!(carried.lock.contains("name = \"tokio\"") && !carried.lock.contains("name = \"longshore"));
    }
}
