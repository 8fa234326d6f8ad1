//! The files of a new crate, made from the templates.

use std::collections::BTreeMap;

use super::{
    interface::{Carried, Interface},
    name::{Base, Name},
};
use crate::failure::Failure;

/// Text by path, with `/`.
pub(super) type Files = BTreeMap<String, String>;

macro_rules! template {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $path))
    };
}

const WORKFLOW: (&str, &str) = (".github/workflows/ci.yml", template!("ci.yml"));
const FOLDER: [(&str, &str); 7] = [
    WORKFLOW,
    (".gitignore", template!("provider/gitignore")),
    ("Cargo.toml", template!("provider/Cargo.toml")),
    ("README.md", template!("provider/README.md")),
    ("src/lib.rs", template!("provider/src/lib.rs")),
    ("src/service.rs", template!("provider/src/service.rs")),
    ("tests/contract.rs", template!("provider/tests/contract.rs")),
];
const HTTP: [(&str, &str); 8] = [
    WORKFLOW,
    (".gitignore", template!("http/gitignore")),
    ("Cargo.toml", template!("http/Cargo.toml")),
    ("README.md", template!("http/README.md")),
    ("src/lib.rs", template!("http/src/lib.rs")),
    ("src/service.rs", template!("http/src/service.rs")),
    ("tests/contract.rs", template!("http/tests/contract.rs")),
    ("tests/server/mod.rs", template!("http/tests/server/mod.rs")),
];
const OVERLAY: [(&str, &str); 6] = [
    WORKFLOW,
    (".gitignore", template!("overlay/gitignore")),
    ("Cargo.toml", template!("overlay/Cargo.toml")),
    ("README.md", template!("overlay/README.md")),
    ("src/lib.rs", template!("overlay/src/lib.rs")),
    ("tests/contract.rs", template!("overlay/tests/contract.rs")),
];

/// The template of a new crate.
#[derive(Clone, Copy)]
pub(super) enum Template<'a> {
    /// A provider that stores files in a folder.
    Folder,
    /// A provider for a service that is reached by HTTP.
    Http,
    /// An overlay of this base.
    Overlay(&'a Base),
}

impl<'a> Template<'a> {
    fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Folder => &FOLDER,
            Self::Http => &HTTP,
            Self::Overlay(_) => &OVERLAY,
        }
    }

    fn base(self) -> Option<&'a Base> {
        match self {
            Self::Overlay(base) => Some(base),
            Self::Folder | Self::Http => None,
        }
    }
}

/// The workflow's validation step, without options: a provider that stores in a folder needs none.
const VALIDATE: &str = "      - run: longshore provider validate target/release/libmy_provider.so\n";
/// The validation step for a provider that needs a service, with options from a secret of the repository.
const VALIDATE_WITH_OPTIONS: &str =
    "      # The secret `VALIDATE_OPTIONS` contains the keys of providerOptions, as TOML, for a place where test files
      # may be stored. This step is skipped until the repository has it.
      - if: env.VALIDATE_OPTIONS != ''
        run: |
          printf '%s' \"$VALIDATE_OPTIONS\" > options.toml
          longshore provider validate target/release/libmy_provider.so --options options.toml
";
/// The environment of the workflow's job for that step.
const JOB_ENVIRONMENT: &str = "    env:\n      VALIDATE_OPTIONS: ${{ secrets.VALIDATE_OPTIONS }}\n";

/// The path of the interface in the manifests of the templates.
const PROVIDER_PATH: &str = r#"{ path = "../../../crates/provider" }"#;
const TESTKIT_PATH: &str = r#"{ path = "../../../crates/provider-testkit" }"#;
/// The interface is excluded because Cargo treats crates below the author's crate as members of its workspace.
const EXCLUDE: &str = "exclude = [\"interface\"]\n";
/// The overlay template's list of extensions, which the bases that come with the host implement.
const EXTENSIONS: &str = ", extensions [\"list\"]";
/// The line of the manifests that is replaced by a remark about the interface.
const REMARK: &str = "#interface\n";

/// The files of the crate, and those of the interface that it carries along, below `interface/`.
pub(super) fn crate_files(
    name: &Name,
    template: Template<'_>,
    interface: &Interface,
) -> Result<(Files, Files), Failure> {
    let base = template.base();
    let carried = Carried::unpack();
    let (provider, testkit) = match interface {
        Interface::Folder(folder) => (path(&folder.join("provider"))?, path(&folder.join("provider-testkit"))?),
        Interface::Version(version) => (quoted(version), quoted(version)),
        Interface::Carried => (path("interface/provider".as_ref())?, path("interface/provider-testkit".as_ref())?),
    };
    let remark = remark(interface, &carried.version);
    let exclude = if *interface == Interface::Carried { EXCLUDE } else { "" };
    let (environment, validate) = match template {
        Template::Folder => ("", VALIDATE),
        Template::Http | Template::Overlay(_) => (JOB_ENVIRONMENT, VALIDATE_WITH_OPTIONS),
    };
    let validate = validate.replace("my_provider", &name.identifier());
    let words = [
        (JOB_ENVIRONMENT, environment),
        (VALIDATE, &validate),
        (PROVIDER_PATH, provider.as_str()),
        (TESTKIT_PATH, &testkit),
        (REMARK, &remark),
        (EXCLUDE, exclude),
        (EXTENSIONS, if base.is_some_and(Base::is_official) { EXTENSIONS } else { "" }),
        ("my-provider", name.as_str()),
        ("my_provider", &name.identifier()),
        ("MyProvider", &name.type_name()),
        ("my-base", base.map_or("", Base::as_str)),
    ];
    let filled = template.files().iter().map(|(path, template)| ((*path).to_owned(), fill(template, &words)));
    let mut files: Files = filled.collect();
    files.insert("Cargo.lock".to_owned(), carried.lock);
    let below = match interface {
        Interface::Carried => carried.files,
        Interface::Folder(_) | Interface::Version(_) => Files::new(),
    };
    Ok((files, below.into_iter().map(|(path, text)| (format!("interface/{path}"), text)).collect()))
}

/// Which lines of the manifest change once a registry has the interface.
fn remark(interface: &Interface, version: &str) -> String {
    let (now, then) = match interface {
        Interface::Version(_) => return String::new(),
        Interface::Folder(_) => ("this is the folder with its sources.", ""),
        Interface::Carried => {
            ("its sources lie in `interface/`.", "\n# Then remove `interface/`, and `exclude` above.")
        }
    };
    format!(
        "# The interface is on no registry yet: {now} Once it is, this line and that of\n\
         # `longshore-provider-testkit` below change to `= \"{version}\"`.{then}\n"
    )
}

fn path(path: &std::path::Path) -> Result<String, Failure> {
    let text = path.to_str();
    let text = text.ok_or_else(|| Failure::Usage(format!("`{}` is no text in UTF-8", path.display())))?;
    Ok(format!("{{ path = {} }}", quoted(text)))
}

/// A string of TOML; what JSON escapes, it escapes in the same way.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Puts the second of each pair in the place of the first. Replaced text is not searched again.
fn fill(template: &str, words: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    loop {
        let found = words.iter().filter_map(|(word, value)| Some((rest.find(word)?, *word, *value)));
        let Some((at, word, value)) = found.min_by_key(|(at, ..)| *at) else { return filled + rest };
        filled.push_str(&rest[..at]);
        filled.push_str(value);
        rest = &rest[at + word.len()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(name: &str, template: Template<'_>, interface: &Interface) -> Files {
        crate_files(&Name::new(name).unwrap(), template, interface).unwrap().0
    }

    #[test]
    fn no_placeholder_is_left_and_none_is_made() {
        let base = Base::new("my-provider-base").unwrap();
        for template in [Template::Folder, Template::Http, Template::Overlay(&base)] {
            for (path, text) in files("a-my-base", template, &Interface::Carried) {
                assert!(!text.contains("MyProvider") && !text.contains("../../../"), "{path}:\n{text}");
                assert!(!text.replace("my-provider-base", "").contains("my-provider"), "{path}:\n{text}");
            }
        }
    }

    #[test]
    fn manifests_require_the_rust_version_of_the_interface() {
        let base = Base::new("aws-s3").unwrap();
        for template in [Template::Folder, Template::Http, Template::Overlay(&base)] {
            let manifest = &files("a", template, &Interface::Carried)["Cargo.toml"];
            assert!(manifest.contains(&format!("rust-version = \"{}\"", env!("CARGO_PKG_RUST_VERSION"))), "{manifest}");
        }
    }

    #[test]
    fn a_manifest_marks_the_lines_that_change_once_the_interface_is_published() {
        let of = |interface| files("a", Template::Folder, &interface)["Cargo.toml"].clone();
        insta::assert_snapshot!("manifest_carried", of(Interface::Carried));
        let folder = of(Interface::Folder("/a \"b\"".into()));
        assert!(folder.contains(r#"{ path = "/a \"b\"/provider" }"#) && !folder.contains("exclude"), "{folder}");
        let version = of(Interface::Version("1.0.0".into()));
        assert!(version.contains("[dependencies]\nlongshore-provider = \"1.0.0\"\n"), "{version}");
        assert!(!version.contains("path") && !version.contains("exclude"), "{version}");
    }
}
