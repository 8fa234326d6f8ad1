//! Invalid libraries, made from valid ones by changing some bytes.

use std::{fs, process::Command};

use serde_json::{Value, json};

use crate::project::Project;

/// A project with the provider `name`, whose own library is a built one with its bytes changed.
pub(crate) fn changed(name: &str, package: &str, change: impl FnOnce(&mut Vec<u8>)) -> Project {
    let project = Project::new(&format!("[upload.config]\nprovider = \"{name}\"\n")).installed();
    add(&project, name, package, change);
    project
}

pub(crate) fn add(project: &Project, name: &str, package: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let library = longshore_test_artifacts::library(package);
    let mut bytes = fs::read(longshore_test_artifacts::folder().join(library)).unwrap();
    change(&mut bytes);
    project.write(&format!("providers/{name}/lib{name}.so"), bytes);
}

/// Changes the manifest. Spaces at the end of the JSON keep its length.
pub(crate) fn change_manifest(bytes: &mut [u8], change: impl Fn(&mut Value)) {
    for (start, mut manifest) in manifests(bytes) {
        let length = bytes[start..].iter().position(|byte| *byte == b'\n').unwrap();
        change(&mut manifest);
        let text = manifest.to_string();
        let padded = format!("{text:length$}");
        assert_eq!(padded.len(), length, "the new manifest is longer");
        bytes[start..start + length].copy_from_slice(padded.as_bytes());
    }
}

/// The manifests in a library, with their offsets. A library may contain copies that the loader does not read.
fn manifests(bytes: &[u8]) -> Vec<(usize, Value)> {
    let begin = b"{\"longshore\":1,";
    let starts = (0..bytes.len() - begin.len()).filter(|at| bytes[*at..].starts_with(begin));
    let manifest = |start: usize| serde_json::from_slice(bytes[start..].split(|byte| *byte == b'\n').next()?).ok();
    let manifests: Vec<(usize, Value)> = starts.filter_map(|start| Some((start, manifest(start)?))).collect();
    assert!(!manifests.is_empty(), "the library has a manifest");
    manifests
}

/// A library in C that needs more static thread-local memory than a running process has left. A global allocator that
/// was built only for programs has the same effect. The manifest is that of a built library.
pub(crate) fn greedy(package: &str) -> Vec<u8> {
    let built = fs::read(longshore_test_artifacts::folder().join(longshore_test_artifacts::library(package))).unwrap();
    let manifest = manifests(&built).remove(0).1.to_string();
    let project = Project::empty();
    let source = format!(
        "__attribute__((section(\".longshore\"), used)) static const char manifest[] = {};\n\
         static __thread char block[1 << 20] __attribute__((tls_model(\"initial-exec\")));\n\
         char *longshore_provider(int at) {{ return &block[at]; }}\n",
        Value::String(format!("{manifest}\n")),
    );
    let source = project.write("greedy.c", source);
    let library = project.path("libgreedy.so");
    let status = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status().unwrap();
    assert!(status.success());
    fs::read(library).unwrap()
}

fn refused(project: &Project) -> String {
    let ran = project.run(&["object", "rm", "a"]).expect(4);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("hint: "), "{}", ran.all());
    ran.stderr
}

const MEMORY: &str = "longshore-example-memory";
const PRIVATE: &str = "longshore-aws-s3-private";

#[test]
fn an_unchanged_copy_works() {
    changed("memory", MEMORY, |_| {}).run(&["object", "rm", "a"]).expect(0);
    changed("memory", MEMORY, |bytes| change_manifest(bytes, |_| {})).run(&["object", "rm", "a"]).expect(0);
}

#[test]
fn for_another_architecture() {
    // The machine field in the ELF header.
    let text = refused(&changed("memory", MEMORY, |bytes| bytes[18] = 243));
    assert!(text.contains("the library is for riscv"), "{text}");
}

#[test]
fn without_a_note() {
    let text = refused(&changed("memory", MEMORY, |bytes| {
        let name = b".longshore\0";
        let at: Vec<usize> = (0..bytes.len() - name.len()).filter(|at| bytes[*at..].starts_with(name)).collect();
        for at in at {
            bytes[at + 1] = b'x';
        }
    }));
    assert!(text.contains("has no plugin manifest"), "{text}");
}

#[test]
fn for_an_unknown_generation() {
    let text = refused(&changed("memory", MEMORY, |bytes| {
        change_manifest(bytes, |manifest| manifest["generations"][0]["generation"] = json!(9));
    }));
    assert!(text.contains("it was built for generation 9") && text.contains("upgrade this host"), "{text}");
}

#[test]
fn with_a_note_that_lies() {
    let text = refused(&changed("memory", MEMORY, |bytes| {
        change_manifest(bytes, |manifest| manifest["generations"][0]["symbol"] = json!("longshore_provider_nothing"));
    }));
    assert!(text.contains("its manifest names a symbol that it does not export"), "{text}");
}

#[test]
fn whose_base_is_missing() {
    let text = refused(&changed("aws-s3-private", PRIVATE, |_| {}));
    assert!(text.contains("the provider `aws-s3-private`") && text.contains("extends `aws-s3`"), "{text}");
    assert!(text.contains("no provider called `aws-s3` was found"), "{text}");
}

#[test]
fn that_extend_each_other() {
    let project = changed("aws-s3-private", PRIVATE, |_| {});
    add(&project, "aws-s3", PRIVATE, |bytes| {
        change_manifest(bytes, |manifest| {
            manifest["name"] = json!("aws-s3");
            manifest["extends"] = json!("aws-s3-private");
        });
    });
    let text = refused(&project);
    assert!(text.contains("in a circle: aws-s3-private -> aws-s3 -> aws-s3-private"), "{text}");
}
