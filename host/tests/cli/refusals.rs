//! Every refusal to load is one screen: what was expected, what was found, and what to do.

use std::{fmt::Write, fs, os::unix::fs::PermissionsExt};

use serde_json::json;

use crate::{
    elf,
    libraries::{add, change_manifest, changed, greedy},
    project::Project,
};

const MEMORY: &str = "longshore-example-memory";
const PRIVATE: &str = "longshore-aws-s3-private";
/// The end of the description of a wire type: the names of its fields, then its own.
const FIELDS: &[u8] = b"has_size;size;more;WireUploaded";

/// The lines of a terminal: a refusal must fit without scrolling.
const LINES: usize = 24;

fn memory(change: impl FnOnce(&mut Vec<u8>)) -> Project {
    changed("memory", MEMORY, change)
}

/// Changes the first letter of a text in a string table.
fn rename(bytes: &mut [u8], text: &[u8]) {
    let at = bytes.windows(text.len()).position(|window| window == text).expect("the library has this text");
    bytes[at] = b'X';
}

fn refusals() -> Vec<(&'static str, Project)> {
    let text = memory(|bytes| *bytes = b"#!/bin/sh\n".to_vec());
    let truncated = memory(|bytes| bytes.truncate(bytes.len() / 2));
    let foreign = memory(|bytes| bytes[18] = 243);
    let without_manifest = memory(|bytes| {
        let begin = b"{\"longshore\":1,";
        while let Some(at) = bytes.windows(begin.len()).position(|window| window == begin) {
            let end = at + bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(begin.len());
            bytes[at..=end].fill(0);
        }
    });
    let malformed = memory(|bytes| change_manifest(bytes, |manifest| manifest["name"] = json!("a/b")));
    let future = memory(|bytes| change_manifest(bytes, |manifest| manifest["longshore"] = json!(2)));
    let generation =
        memory(|bytes| change_manifest(bytes, |manifest| manifest["generations"][0]["generation"] = json!(2)));
    let older = memory(|bytes| {
        change_manifest(bytes, |manifest| {
            manifest["generations"][0]["generation"] = json!(2);
            manifest["interface"] = json!("2.0.0");
        });
    });
    let symbol = memory(|bytes| {
        change_manifest(bytes, |manifest| manifest["generations"][0]["symbol"] = json!("longshore_provider_nothing"));
    });
    let layout = memory(|bytes| rename(bytes, FIELDS));
    let unresolved = memory(|bytes| elf::symbol(bytes, "munmap").rename(bytes));
    let missing = memory(|bytes| rename(bytes, b"libgcc_s.so.1\0"));
    let tls = memory(|bytes| *bytes = greedy(MEMORY));
    let writable = memory(|_| {});
    fs::set_permissions(writable.path("providers"), fs::Permissions::from_mode(0o777)).unwrap();
    let two = memory(|_| {});
    fs::copy(two.path("providers/memory/libmemory.so"), two.path("providers/memory/another.so")).unwrap();
    let other = Project::new("[upload.config]\nprovider = \"mine\"\npath = \"mine.so\"\n").installed();
    fs::rename(other.copy_library(MEMORY, "."), other.path("mine.so")).unwrap();
    let nowhere = Project::new("[upload.config]\nprovider = \"mine\"\npath = \"mine.so\"\n").installed();
    let unknown = Project::new("[upload.config]\nprovider = \"memroy\"\n").installed();
    let name = Project::new("[upload.config]\nprovider = \"../memory\"\n").installed();
    let base = changed("aws-s3-private", PRIVATE, |_| {});
    let circle = changed("aws-s3-private", PRIVATE, |_| {});
    add(&circle, "aws-s3", PRIVATE, |bytes| {
        change_manifest(bytes, |manifest| {
            manifest["name"] = json!("aws-s3");
            manifest["extends"] = json!("aws-s3-private");
        });
    });
    vec![
        ("a script", text),
        ("half a library", truncated),
        ("a library for another machine", foreign),
        ("a library without a manifest", without_manifest),
        ("a manifest that is malformed", malformed),
        ("a manifest of a later format", future),
        ("an interface crate of another generation", generation),
        ("an interface crate of another version", older),
        ("a manifest that names a symbol that is not there", symbol),
        ("types that are not those of the generation", layout),
        ("a symbol that no library has", unresolved),
        ("a library that is not installed", missing),
        ("a global allocator that cannot be loaded", tls),
        ("a library that everybody may write", writable),
        ("two libraries of one name", two),
        ("another provider than was asked for", other),
        ("a path that does not exist", nowhere),
        ("a name that no library has", unknown),
        ("a name that is none", name),
        ("an overlay without its base", base),
        ("overlays that extend each other", circle),
        ("a panic in `init`", Project::misbehaving("panic = \"init\"")),
    ]
}

#[test]
fn every_refusal_is_one_screen_with_what_was_expected_and_found_and_what_to_do() {
    let mut screens = String::new();
    for (what, project) in refusals() {
        let ran = project.run(&["object", "rm", "a"]);
        assert!(ran.code == 4 || ran.code == 3, "{what}: {}", ran.all());
        assert!(ran.stdout.is_empty() && ran.stderr.lines().count() <= LINES, "{what}: {}", ran.all());
        assert!(ran.stderr.contains("\nhint: "), "{what}: the message has no hint:\n{}", ran.stderr);
        writeln!(screens, "--- {what}\n{}", ran.stderr).unwrap();
    }
    insta::with_settings!({filters => vec![
        (r"speak of [0-9]+ bytes, and it has [0-9]+", "speak of <size> bytes, and it has <less>"),
        (r"this host is \S+ \(.*\)", "this host is <host>"),
        (r", version GLIBC_[0-9.]+", ", version <version>"),
        (r"lib\.rs:[0-9]+:[0-9]+", "lib.rs:<line>"),
    ]}, {
        insta::assert_snapshot!(screens);
    });
}

#[test]
fn the_comparison_of_types_is_printed_to_whoever_wants_it() {
    let project = memory(|bytes| rename(bytes, FIELDS));
    let loud = project.run(&["object", "rm", "a", "--verbose"]).expect(4);
    assert!(loud.stderr.lines().count() > LINES, "{}", loud.stderr);
}

#[test]
fn provider_inspect_shows_a_library_without_running_it() {
    let project = memory(|_| {});
    let broken = memory(|bytes| change_manifest(bytes, |manifest| manifest["generations"][0]["generation"] = json!(2)));
    let base = changed("aws-s3-private", PRIVATE, |_| {});
    insta::with_settings!({filters => vec![
        (r"[0-9a-f]{64}", "<sha256>"),
        (r"[0-9]+ bytes", "<size>"),
        (r"owner         .*", "owner         <owner>"),
        (r"rustc         .*", "rustc         <rustc>"),
        (r"target        .*", "target        <target>"),
    ]}, {
        insta::assert_snapshot!("inspect", project.run(&["provider", "inspect", "memory"]).expect(0).stdout);
        insta::assert_snapshot!("inspect_of_another_generation", broken.run(&["provider", "inspect", "memory"]).expect(0).stdout);
        let overlay = base.run(&["provider", "inspect", "aws-s3-private"]).expect(0).stdout;
        insta::assert_snapshot!("inspect_of_an_overlay_without_its_base", overlay);
    });
}

#[test]
fn an_overlay_is_shown_with_where_its_base_is() {
    let project = Project::empty();
    let facts = &project.run(&["provider", "inspect", "aws-s3-private", "--json"]).expect(0).lines()[0];
    assert_eq!(facts["loads"]["possible"], true, "{facts}");
    assert!(facts["loads"]["bases"][0].as_str().unwrap().ends_with("liblongshore_aws_s3.so"), "{facts}");
}
