//! What never happens (see ARCHITECTURE.md), held by reading the source.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use longshore_test_artifacts::workspace;

/// The lines of code in the Rust files below `folder`, comments left out: path relative to the root, number, text.
fn code(folder: &str) -> Vec<(String, usize, String)> {
    let root = workspace();
    let mut lines = Vec::new();
    for file in rust_files(&root.join(folder)) {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap();
        let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        lines.extend(code.map(|(index, line)| (name.clone(), index + 1, line.to_owned())));
    }
    assert!(!lines.is_empty(), "`{folder}` has no Rust files: this test looks in the wrong place");
    lines
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_owned();
        if path.is_dir() {
            // Fixtures write by hand what the macros and crates under these rules write elsewhere.
            if name != "target" && name != "fixtures" {
                files.extend(rust_files(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Fails with every line below `folders` that `breaks` the rule and is in none of `allowed`.
fn never(rule: &str, folders: &[&str], allowed: &[&str], breaks: impl Fn(&str) -> bool) {
    let found: Vec<String> = folders
        .iter()
        .flat_map(|folder| code(folder))
        .filter(|(file, _, line)| !allowed.iter().any(|allowed| file.starts_with(allowed)) && breaks(line))
        .map(|(file, number, line)| format!("{file}:{number}: {}", line.trim()))
        .collect();
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(is_part);
        let after = line[at + word.len()..].chars().next().is_some_and(is_part);
        !before && !after
    })
}

const EVERYTHING: [&str; 4] = ["crates", "providers", "host", "examples"];

#[test]
fn only_provider_abi_names_abi_stable_async_ffi_or_extern_c() {
    // Handlers of exits and signals have no other form.
    let allowed =
        ["crates/provider-abi/", "crates/test-artifacts/tests/", "crates/plugin-host/src/library/last_words.rs"];
    never("only crates/provider-abi may name these", &EVERYTHING, &allowed, |line| {
        has_word(line, "abi_stable") || has_word(line, "async_ffi") || line.contains("extern \"C\"")
    });
}

#[test]
fn unsafe_lives_only_in_provider_abi_and_the_loader() {
    let allowed = [
        "crates/provider-abi/",
        "crates/plugin-host/src/load/generation.rs",
        "crates/plugin-host/src/library/dlopen.rs",
        "crates/plugin-host/src/library/allocator",
        "crates/plugin-host/src/library/last_words.rs",
        "crates/plugin-host/src/memory.rs",
        "crates/test-artifacts/tests/",
        // The export macro writes the two attributes that place a static; both are `unsafe(…)` by edition 2024.
        "crates/provider/src/export/macros.rs",
    ];
    never(
        "`unsafe` is allowed in three files of the loader, in the allocator of the validator and in what sets the C library's only",
        &EVERYTHING,
        &allowed,
        |line| has_word(line, "unsafe") && !line.contains('"'),
    );
}

#[test]
fn only_exit_code_knows_exit_codes() {
    never("exit codes belong into host/src/exit_code.rs", &["host/src"], &["host/src/exit_code.rs"], |line| {
        line.contains("process::exit(") || line.contains("ExitCode::from") || line.contains("ExitCode::SUCCESS")
    });
}

#[test]
fn only_the_http_error_module_knows_status_codes() {
    // Tests of the server write the expected status as a number.
    let allowed = ["crates/http-api/src/error", "crates/http-api/src/metrics.rs", "crates/http-api/src/openapi.rs"];
    let folders = ["crates/http-api/src", "host/src"];
    never("status codes belong into crates/http-api/src/error.rs", &folders, &allowed, |line| {
        has_word(line, "StatusCode")
    });
}

#[test]
fn only_the_s3_crates_say_bucket_region_or_acl() {
    let folders = [
        "crates/provider/src",
        "crates/provider-abi/src",
        "crates/plugin-host/src",
        "crates/http-api/src",
        "host/src",
        "providers/local/src",
    ];
    never("these words belong to the S3 providers, dev-s3 and the demo", &folders, &[], |line| {
        ["bucket", "Bucket", "region", "Region", "ACL", "acl"].iter().any(|word| has_word(line, word))
    });
}

#[test]
fn only_config_reads_toml_or_the_environment() {
    let folders = ["crates/plugin-host/src", "crates/http-api/src", "host/src"];
    // The allocator has to know before there is a configuration, and tests have none.
    let allowed =
        ["crates/plugin-host/src/config", "crates/plugin-host/src/library/allocator.rs", "crates/http-api/src/tests/"];
    never("only plugin-host's config does that", &folders, &allowed, |line| {
        has_word(line, "toml") && line.contains("toml::")
            || ["env::var(", "env::var_os(", "env::vars"].iter().any(|call| line.contains(call))
    });
}

#[test]
fn no_library_is_closed() {
    never("a Rust library cannot be unloaded", &["crates/plugin-host/src/library"], &[], |line| {
        line.contains("dlclose") || line.contains(".close()")
    });
    let opens = code("crates/plugin-host/src/library").iter().any(|(_, _, line)| line.contains("RTLD_NODELETE"));
    assert!(opens, "libraries are opened with RTLD_NODELETE");
}

#[test]
fn generation_1_is_what_was_frozen() {
    let (frozen, root) = ("crates/plugin-host/fixtures/frozen-v1/abi/src", workspace());
    let (ours, theirs) = (abi(&root.join("crates/provider-abi/src")), abi(&root.join(frozen)));
    assert!(ours.len() > 8, "this test looks in the wrong place: {:?}", ours.keys());
    let changed = |name: &&String| ours.get(*name).map(|text| types(text)) != theirs.get(*name).map(|text| types(text));
    let changed: BTreeSet<&String> = ours.keys().chain(theirs.keys()).filter(changed).collect();
    assert!(
        changed.is_empty(),
        "generation 1 has changed: {changed:?} of `crates/provider-abi/src` are not as in `{frozen}`. Once it is released, \
         that is never done: a change belongs into a new generation. Until then, run `freeze` there, in a commit of its own \
         that explains why. (Of `header.rs` and `manifest.rs`, the host's own words may change: then copy that file alone.)"
    );
}

/// What makes generation 1: its wire types, and how a library is known and entered. By path below `folder`.
fn abi(folder: &Path) -> BTreeMap<String, String> {
    let files = rust_files(folder).into_iter().map(|file| {
        let name = file.strip_prefix(folder).unwrap().display().to_string();
        (name, fs::read_to_string(file).unwrap())
    });
    files
        .filter(|(name, _)| ["header.rs", "manifest.rs", "v1.rs"].contains(&&**name) || name.starts_with("v1/"))
        .collect()
}

/// The code of a file without comments, attributes on lints, and tests.
fn types(text: &str) -> Vec<&str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("#[expect(")).collect()
}

const PROVIDERS: [&str; 5] = [
    "longshore-local",
    "longshore-aws-s3",
    "longshore-aws-s3-private",
    "longshore-example-memory",
    "longshore-example-overlay-encrypt",
];

#[test]
fn hosts_depend_on_no_provider_and_providers_on_none_but_the_interface() {
    for package in ["longshore", "longshore-plugin-host"] {
        let tree = dependencies(package);
        for provider in PROVIDERS {
            assert!(!tree.iter().any(|name| name == provider), "{package} depends on {provider}");
        }
        assert!(!tree.iter().any(|name| name.starts_with("aws-")), "{package} compiles the AWS SDK");
    }
    for package in PROVIDERS {
        let ours: Vec<String> =
            dependencies(package).into_iter().filter(|name| name.starts_with("longshore")).collect();
        let expected = [package, "longshore-provider", "longshore-provider-abi", "longshore-memory-budget"];
        let others: Vec<&String> = ours.iter().filter(|name| !expected.contains(&name.as_str())).collect();
        assert!(others.is_empty(), "{package} depends on {others:?}");
    }
}

#[test]
fn only_these_codecs_are_linked() {
    // Each reads files of strangers: one that joins has to be memory-safe, or write only.
    const READ: [&str; 6] = ["gif", "image-webp", "png", "tiff", "weezl", "zune-jpeg"];
    const WRITE: [&str; 3] = ["jpeg-encoder", "libwebp-sys", "webp"];
    const NEITHER: [&str; 2] = ["fast_image_resize", "zune-core"];
    const MARKS: [&str; 31] = [
        "av1", "avif", "bmp", "codec", "dav1d", "dds", "exr", "fax", "ffmpeg", "gif", "heif", "image", "jbig", "jp2",
        "jpeg", "jpg", "jxl", "lzw", "magick", "pdf", "png", "psd", "qoi", "resvg", "svg", "tiff", "vips", "webp",
        "weezl", "xcf", "zune",
    ];
    const BY_CHANCE: [&str; 2] = ["longshore-images", "rustls-webpki"];
    let tree = dependencies("longshore");
    let allowed = [&READ[..], &WRITE, &NEITHER, &BY_CHANCE].concat();
    let marked = tree.iter().filter(|name| MARKS.iter().any(|mark| name.to_lowercase().contains(mark)));
    let unknown: Vec<_> = marked.filter(|name| !allowed.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "these look like codecs and are not on the list: {unknown:?}");
    for name in allowed {
        assert!(tree.iter().any(|linked| linked == name), "`{name}` is on the list, and not linked any more");
    }
}

#[test]
fn the_first_line_of_an_example_says_how_it_is_built() {
    let examples = fs::read_dir(workspace().join("examples")).unwrap();
    let examples: Vec<PathBuf> = examples.map(|entry| entry.unwrap().path()).collect();
    assert!(examples.len() > 3, "{examples:?}");
    for example in examples {
        let text = fs::read_to_string(example.join("src/lib.rs")).unwrap();
        let first = text.lines().next().unwrap();
        assert!(first.starts_with("//! ") && first.contains("`cargo build"), "{}: {first}", example.display());
    }
}

#[test]
fn lock_files_outside_the_workspace_know_what_its_crates_depend_on() {
    for example in ["examples/opendal", "examples/private-aws-s3"] {
        let lock = workspace().join(example).join("Cargo.lock");
        let text = fs::read_to_string(&lock).unwrap();
        for package in ["longshore-provider", "longshore-provider-abi"] {
            let head = format!("[[package]]\nname = \"{package}\"\n");
            let locked = text.split_once(&head).and_then(|(_, rest)| rest.split("[[package]]").next());
            let locked = locked.unwrap_or_else(|| panic!("{} has no `{package}`", lock.display()));
            for direct in tree(package, &["--depth", "1"]).iter().skip(1) {
                assert!(
                    // A version stands behind a name where the lock file has several.
                    locked.contains(&format!("\n \"{direct}\"")) || locked.contains(&format!("\n \"{direct} ")),
                    "{} does not know that `{package}` depends on `{direct}`: run `cargo metadata --manifest-path \
                     {example}/Cargo.toml`, which adds it",
                    lock.display()
                );
            }
        }
    }
}

fn dependencies(package: &str) -> Vec<String> {
    tree(package, &[])
}

/// The package and what it depends on, as `cargo tree` lists it.
fn tree(package: &str, arguments: &[&str]) -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(workspace())
        .args(["tree", "--locked", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
        .args(["--package", package])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}
