//! The compiler's errors for authors' mistakes. Each mistake is a crate outside the workspace, in `tests/mistakes/`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn a_type_that_is_no_provider() {
    insta::assert_snapshot!(said_to("no_provider", &[]));
}

#[test]
fn a_type_that_is_no_overlay() {
    insta::assert_snapshot!(said_to("no_overlay", &[]));
}

#[test]
fn options_that_nobody_can_read() {
    insta::assert_snapshot!(said_to("options_of_no_schema", &[]));
}

#[test]
fn two_exports_in_one_module() {
    insta::assert_snapshot!(said_to("two_exports", &[]));
}

#[test]
fn two_exports_in_two_modules() {
    // Which of the two it names is up to the compiler.
    let said = said_to("two_exports_apart", &[]);
    assert!(
        said.starts_with("error: symbol `longshore_provider_two_exports_apart` is already defined\n --> src/lib.rs:")
    );
    assert!(said.contains("longshore_provider::export_provider!(crate::shelf::Shelf as"), "{said}");
}

#[test]
fn a_name_that_is_a_path() {
    insta::assert_snapshot!(said_to("a_path_for_a_name", &[]));
}

#[test]
fn panics_that_would_end_the_host() {
    insta::assert_snapshot!(said_to("good", &["-C", "panic=abort"]));
}

#[test]
fn no_mistake() {
    let said = build("good", "no-mistake", &[]);
    assert!(said.is_ok(), "{}", said.unwrap_err());
}

/// The compiler's error for the mistake in `tests/mistakes/<name>.rs`.
fn said_to(name: &str, flags: &[&str]) -> String {
    let package = format!("{}{}", name.replace('_', "-"), if flags.is_empty() { "" } else { "-abort" });
    let said = build(name, &package, flags).expect_err("a mistake does not compile");
    readable(&said)
}

/// Builds it, with these flags for the compiler; answers what was said if it does not compile.
fn build(name: &str, package: &str, flags: &[&str]) -> Result<(), String> {
    let folder = folder(name, package);
    let (mut cargo, _) = longshore_test_artifacts::author("rustc", &folder);
    let output = cargo.args(["--quiet", "--color", "never", "--"]).args(flags).output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8(output.stderr).unwrap()) }
}

/// A crate as an author has it, with the versions that the workspace has.
fn folder(name: &str, package: &str) -> PathBuf {
    let root = longshore_test_artifacts::workspace();
    let mistakes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(package);
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    fs::copy(mistakes.join("shelf.rs"), folder.join("src/shelf.rs")).unwrap();
    fs::copy(mistakes.join(name).with_extension("rs"), folder.join("src/lib.rs")).unwrap();
    let interface = root.join("crates/provider");
    let manifest = format!(
        "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n\
         [lib]\ncrate-type = [\"cdylib\"]\n[dependencies]\nlongshore-provider = {{ path = \"{}\" }}\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n[profile.dev.package.\"*\"]\ndebug = false\n",
        interface.display()
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    folder
}

/// The errors, as far as they speak of the author's own crate: what shows the inside of the interface changes with it.
fn readable(said: &str) -> String {
    let mut sections: Vec<Vec<&str>> = Vec::new();
    for line in said.lines() {
        if sections.is_empty() || ["error", "warning", "note: ", "help: "].iter().any(|start| line.starts_with(start)) {
            sections.push(Vec::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push(line);
        }
    }
    let inside = ["required for `", "this error originates", "the full name for", "consider using `--verbose`"];
    let own = |section: &&Vec<&str>| {
        let place = section.iter().find_map(|line| line.trim_start().strip_prefix("--> "));
        place.is_none_or(|place| place.starts_with("src/"))
    };
    let lines = sections.iter().filter(own).flatten();
    let lines = lines.filter(|line| !inside.iter().any(|text| line.contains(&format!("= note: {text}"))));
    lines.flat_map(|line| [line, "\n"]).collect()
}
