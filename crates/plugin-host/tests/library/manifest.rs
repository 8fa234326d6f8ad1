//! Reading a plugin manifest without running the library, and the messages for files that are not providers.

use std::path::Path;

use longshore_plugin_host::library::{ManifestError, manifest};

use crate::{
    build::{self, good, replaced},
    printed,
};

#[test]
fn the_manifest_of_a_library_is_read_without_loading_it() {
    let manifest = manifest::read(good()).unwrap();
    assert_eq!((manifest.name.as_str(), manifest.version.as_str(), manifest.extends), ("memory", "0.1.0", None));
    assert_eq!(
        (manifest.generations[0].generation, manifest.generations[0].symbol.as_str()),
        (1, "longshore_provider")
    );
    assert_eq!(manifest.extensions, ["list"]);
}

#[test]
fn the_manifest_survives_stripping() {
    let folder = build::folder();
    let path = build::write(&folder.path().join("stripped.so"), good());
    let Ok(status) = std::process::Command::new("strip").arg(&path).status() else { return };
    assert!(status.success());
    assert_eq!(manifest::read(&std::fs::read(path).unwrap()).unwrap().name, "memory");
}

#[test]
fn a_file_that_is_no_library_is_called_what_it_looks_like() {
    for (bytes, word) in [
        (&b""[..], "empty"),
        (b"#!/bin/sh\n", "script"),
        (b"hello\n", "text"),
        (b"!<arch>\n", "static library"),
        (b"MZ\x90\0", "Windows"),
        (b"\xcf\xfa\xed\xfe", "macOS"),
        (b"\x01\x02\x03", "unknown kind"),
    ] {
        let error = manifest::read(bytes).unwrap_err();
        assert!(matches!(error, ManifestError::NotALibrary { .. }) && error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_truncated_library_is_called_truncated_wherever_it_ends() {
    for length in [4, 20, 63, 64, 1000, good().len() / 2, good().len() - 1] {
        let error = manifest::read(&good()[..length]).unwrap_err();
        assert!(matches!(error, ManifestError::Truncated { .. }), "{length}: {error}");
    }
}

#[test]
fn a_library_for_another_machine_names_both() {
    let mut bytes = good().to_vec();
    // `e_machine`: 183 is aarch64, 62 is x86-64.
    let other = if cfg!(target_arch = "aarch64") { 62 } else { 183 };
    bytes[18..20].copy_from_slice(&u16::to_ne_bytes(other));
    let error = manifest::read(&bytes).unwrap_err();
    assert!(matches!(error, ManifestError::Foreign { .. }), "{error}");
    assert!(error.to_string().contains("aarch64") && error.to_string().contains(std::env::consts::ARCH), "{error}");
}

#[test]
fn a_library_for_other_word_sizes_or_systems_is_foreign() {
    for (at, value) in [(4, 1), (5, 2), (7, 9), (7, 200)] {
        let mut bytes = good().to_vec();
        bytes[at] = value;
        let error = manifest::read(&bytes).unwrap_err();
        assert!(matches!(error, ManifestError::Foreign { .. }), "{at}: {error}");
    }
    let bytes = replaced(good(), "-unknown-linux-", "-unknown-hurdx-");
    assert!(matches!(manifest::read(&bytes), Err(ManifestError::Foreign { .. })));
}

#[test]
fn a_program_is_no_library_even_with_a_manifest() {
    let folder = build::folder();
    let path = folder.path().join("program");
    build::program(&path, &[build::manifest("memory")]);
    let error = read(&path).unwrap_err();
    assert!(matches!(error, ManifestError::NotShared { .. }) && error.to_string().contains("program"), "{error}");
}

#[test]
fn a_library_without_a_manifest_is_told_how_a_provider_is_made() {
    let folder = build::folder();
    let path = folder.path().join("plain.so");
    build::library(&path, &[], 1);
    let error = read(&path).unwrap_err();
    assert_eq!(error, ManifestError::NoManifest);
    assert!(printed(&error).contains("longshore_provider::export_provider!"), "{error}");
}

#[test]
fn several_manifests_are_named() {
    let folder = build::folder();
    let path = folder.path().join("both.so");
    build::library(&path, &[build::manifest("memory"), build::manifest("aws-s3")], 1);
    let Err(ManifestError::Several { mut names }) = read(&path) else { panic!("two manifests are not one") };
    names.sort();
    assert_eq!(names, ["aws-s3", "memory"]);
}

#[test]
fn a_manifest_of_a_later_format_asks_for_a_newer_host() {
    let bytes = replaced(good(), "\"longshore\":1", "\"longshore\":2");
    let error = manifest::read(&bytes).unwrap_err();
    assert_eq!(error, ManifestError::Future { format: 2 });
    assert!(printed(&error).contains("update the host"), "{error}");
}

#[test]
fn a_malformed_manifest_says_where() {
    for (from, to) in [("\"name\":\"memory\"", "\"name\":\"m/mory\""), ("{\"longshore\":1", "[\"longshore\":1")] {
        let error = manifest::read(&replaced(good(), from, to)).unwrap_err();
        assert!(matches!(error, ManifestError::Malformed { .. }), "{error}");
        assert!(error.to_string().lines().count() <= 3, "{error}");
    }
}

fn read(path: &Path) -> Result<manifest::PluginManifest, ManifestError> {
    manifest::read(&std::fs::read(path).unwrap())
}
