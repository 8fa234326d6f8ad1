//! Libraries that are inspected, refused or broken.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::project::Project;

#[test]
fn a_project_s_own_library_is_chosen_and_overrides() {
    let project = Project::new("[upload.config]\nprovider = \"memory\"\n");
    let own = project.copy_library("longshore-example-memory", "providers/memory");
    let listed = project.run(&["provider", "list", "--json"]).expect(0).lines();
    let of = |state: &str| listed.iter().find(|line| line["name"] == "memory" && line["state"] == state).unwrap();
    let chosen = of("chosen");
    assert_eq!((chosen["place"].as_str(), chosen["version"].as_str()), (Some("project"), Some("0.1.0")));
    let overridden = of("overridden");
    assert_eq!(overridden["place"], "target");
    assert!(overridden["reason"].as_str().unwrap().contains(own.file_name().unwrap().to_str().unwrap()));
    let text = project.run(&["provider", "list"]).expect(0).stdout;
    assert!(text.starts_with("<project>/providers/memory (the project's own)\n  memory "), "{text}");
}

#[test]
fn unusable_libraries_are_listed_with_the_reason() {
    let project = Project::empty();
    project.write("providers/mine/libmine.so", "#!/bin/sh\n");
    let open = project.copy_library("longshore-example-memory", "providers/memory");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o666)).unwrap();
    let listed = project.run(&["provider", "list", "--json"]).expect(0).lines();
    let states: Vec<_> = listed.iter().take(2).map(|line| line["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["refused", "broken"]);
    assert!(listed[0]["hint"].as_str().unwrap().contains("chmod o-w"), "{}", listed[0]);
    assert!(listed[1]["reason"].as_str().unwrap().contains("the file is a script"), "{}", listed[1]);
}

#[test]
fn a_library_is_inspected_by_name_and_by_file() {
    let project = Project::empty();
    let own = project.copy_library("longshore-example-memory", "providers/memory");
    let by_name = project.run(&["provider", "inspect", "memory", "--json"]).expect(0);
    let by_file = project.run(&["provider", "inspect", own.to_str().unwrap(), "--json"]).expect(0);
    assert_eq!(by_name.stdout, by_file.stdout);
    let facts = &by_name.lines()[0];
    assert_eq!(facts["name"], "memory");
    assert_eq!(facts["generations"], serde_json::json!([1]));
    assert_eq!(facts["size"], fs::metadata(&own).unwrap().len());
    assert_eq!(facts["sha256"].as_str().unwrap().len(), 64);
    assert!(facts.get("loaded").is_none());
    let loaded = project.run(&["provider", "inspect", "memory", "--json", "--load"]).expect(0);
    let schema = &loaded.lines()[0]["loaded"]["schema"];
    assert_eq!(schema["properties"]["maxBytes"]["type"], "integer");
    let text = project.run(&["provider", "inspect", "memory", "--load"]).expect(0).stdout;
    assert!(text.contains("package       longshore-example-memory\n") && text.contains("\"maxBytes\""), "{text}");
}

#[test]
fn what_is_no_library_ends_with_4() {
    let project = Project::new("[upload.config]\nprovider = \"mine\"\npath = \"mine.so\"\n");
    project.write("mine.so", "hello\n");
    insta::assert_snapshot!("no_library_configured", project.run(&["object", "ls"]).expect(4).all());
    insta::assert_snapshot!("no_library_inspected", project.run(&["provider", "inspect", "./mine.so"]).expect(4).all());
    project.run(&["provider", "inspect", "nowhere"]).expect(4);
    project.run(&["provider", "inspect", "./nowhere.so"]).expect(4);
}

#[test]
fn a_truncated_library_ends_with_4() {
    let project = Project::new("[upload.config]\nprovider = \"memory\"\n");
    let own = project.copy_library("longshore-example-memory", "providers/memory");
    let bytes = fs::read(&own).unwrap();
    fs::write(&own, &bytes[..bytes.len() / 2]).unwrap();
    let ran = project.run(&["object", "put", "a"]).expect(4);
    assert!(ran.stderr.contains("truncated"), "{}", ran.stderr);
}

#[test]
fn a_library_that_others_may_write_ends_with_4() {
    let project = Project::new("[upload.config]\nprovider = \"memory\"\n");
    project.copy_library("longshore-example-memory", "providers/memory");
    fs::set_permissions(project.path("providers"), fs::Permissions::from_mode(0o777)).unwrap();
    insta::assert_snapshot!(project.run(&["object", "rm", "a"]).expect(4).all());
}

#[test]
fn two_libraries_of_one_name_in_one_place_end_with_4() {
    let project = Project::new("[upload.config]\nprovider = \"memory\"\n");
    let own = project.copy_library("longshore-example-memory", "providers/memory");
    fs::copy(&own, project.path("providers/memory/another.so")).unwrap();
    let ran = project.run(&["object", "rm", "a"]).expect(4);
    assert!(ran.stderr.contains("2 libraries of the provider `memory` in one place"), "{}", ran.stderr);
}

#[test]
fn a_panic_in_init_ends_with_4() {
    let ran = Project::misbehaving("panic = \"init\"").run(&["object", "ls"]).expect(4);
    assert!(ran.stderr.contains("init was asked to panic") && ran.stderr.contains("kind: panic"), "{}", ran.stderr);
}

#[test]
fn options_that_only_init_can_judge_end_with_3() {
    let ran = Project::misbehaving("number = 10").run(&["object", "ls"]).expect(3);
    assert!(ran.stderr.contains("expected at most 9"), "{}", ran.stderr);
}

#[test]
fn folders_of_the_environment_are_looked_in_without_a_configuration_too() {
    let project = Project::empty().installed();
    let elsewhere = project.copy_library("longshore-example-memory", "elsewhere");
    let folder = elsewhere.parent().unwrap().display().to_string();
    let project = project.with_variable("LONGSHORE_PROVIDER_PATH", &folder);
    let listed = project.run(&["provider", "list", "--json"]).expect(0).lines();
    assert_eq!((listed.len(), &listed[0]["name"], &listed[0]["place"]), (1, &"memory".into(), &"environment".into()));
    project.run(&["provider", "inspect", "memory"]).expect(0);
    project.run(&["object", "rm", "a", "--set", "upload.config.provider=memory"]).expect(3);
    project.write("config/plugins.toml", "");
    project.run(&["object", "rm", "a", "--set", "upload.config.provider=memory"]).expect(0);
}
