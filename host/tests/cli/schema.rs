//! `longshore config schema`: the schema for editors, with the options of the providers that are found.

use std::fs;

use serde_json::Value;

use crate::project::Project;

/// The errors of a file by a schema.
fn refusals(schema: &Value, toml: &str) -> Vec<String> {
    let instance: Value = toml::from_str(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    let validator = jsonschema::draft7::new(schema).unwrap();
    validator.iter_errors(&instance).map(|error| format!("{} at {}", error, error.instance_path())).collect()
}

fn printed(project: &Project, arguments: &[&str]) -> Value {
    let ran = project.run(&[&["config", "schema"], arguments].concat()).expect(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The file with every commented-out setting switched on.
fn switched_on(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if setting.starts_with(|c: char| c.is_ascii_alphabetic() || c == '[') => setting,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_files_of_init_match_the_schema_that_they_name() {
    for provider in ["local", "aws-s3", "aws-s3-private"] {
        let project = Project::empty();
        project.run(&["init", "--provider", provider]).expect(0);
        let schema = fs::read_to_string(project.path("config/longshore.schema.json")).unwrap();
        let schema: Value = serde_json::from_str(&schema).unwrap();
        assert_eq!(schema, printed(&project, &[]));
        assert_eq!(schema, printed(&project, &["--json"]));
        for file in ["config/plugins.toml", "config/longshore.toml"] {
            let text = fs::read_to_string(project.path(file)).unwrap();
            assert!(text.starts_with("#:schema ./longshore.schema.json\n"), "{text}");
            assert_eq!(refusals(&schema, &text), [""; 0], "{file}");
            assert_eq!(refusals(&schema, &switched_on(&text)), [""; 0], "{file}");
        }
    }
}

#[test]
fn every_configuration_of_the_repository_fits() {
    let schema = printed(&Project::empty(), &[]);
    let root = longshore_test_artifacts::workspace();
    let files = [
        "config/plugins.toml",
        "config/longshore.toml",
        "config/templates/aws-s3.toml",
        "config/templates/aws-s3-private.toml",
    ];
    for file in files {
        let text = fs::read_to_string(root.join(file)).unwrap();
        assert_eq!(refusals(&schema, &text), [""; 0], "{file}");
    }
}

#[test]
fn options_are_those_of_the_chosen_provider_s_library() {
    let schema = printed(&Project::empty(), &[]);
    let refused = |provider: &str, options: &str| {
        let main = format!("[upload.config]\nprovider = {provider:?}\n[upload.config.providerOptions]\n{options}\n");
        let further = format!("[upload.providers.{provider}.providerOptions]\n{options}\n");
        let both = [refusals(&schema, &main), refusals(&schema, &further)];
        assert_eq!(both[0].is_empty(), both[1].is_empty(), "{both:?}");
        both[0].join("\n")
    };
    for (provider, options) in [
        ("local", "directory = \"x\"\nsync = \"true\""),
        ("local", "sizeLimit = \"${LIMIT}\""),
        ("aws-s3", "s3Options = { region = \"x\", maxAttempts = \"3\", params = { Bucket = \"b\" } }"),
        ("amazon-s3", "providerConfig = { encryption = { type = \"${KIND-}\" }, tags = { a = \"b\" } }"),
        ("aws-s3-private", "rootPath = \"x\""),
        ("nowhere", "anything = 5"),
    ] {
        assert_eq!(refused(provider, options), "", "{provider}: {options}");
    }
    for (provider, options, why) in [
        ("local", "directry = \"x\"", "'directry' was unexpected"),
        ("local", "s3Options = {}", "'s3Options' was unexpected"),
        ("local", "sync = \"no\"", "/upload/config/providerOptions/sync"),
        ("aws-s3", "directory = \"x\"", "'directory' was unexpected"),
        ("aws-s3", "s3Options = { maxAttempts = 21 }", "21 is greater than the maximum of 20"),
        ("aws-s3", "s3Options = { params = { ACL = \"publik\" } }", "\"publik\" is not one of"),
        ("amazon-s3", "s3Options = { credentials = { secretAccessKey = 5 } }", "5 is not of type"),
        ("aws-s3-private", "rootPth = \"x\"", "'rootPth' was unexpected"),
    ] {
        let found = refused(provider, options);
        assert!(found.contains(why), "{provider}: {options}: {found}");
    }
}

#[test]
fn the_options_of_a_user_s_own_provider_are_in_it() {
    let project = Project::new("[upload.config]\nprovider = \"memory\"\n");
    let schema = printed(&project, &[]);
    let toml = "[upload.config]\nprovider = \"memory\"\n[upload.config.providerOptions]\nnowhere = 1\n";
    assert_ne!(refusals(&schema, toml), [""; 0]);
}

#[test]
fn without_loading_options_are_open() {
    let schema = printed(&Project::local(), &["--no-load"]);
    let toml = "[upload.config]\nprovider = \"local\"\n[upload.config.providerOptions]\nnowhere = 1\n";
    assert_eq!(refusals(&schema, toml), [""; 0]);
    assert_ne!(refusals(&schema, "[upload.config]\nnowhere = 1\n"), [""; 0]);
}

#[test]
fn the_schema_omits_providers_that_cannot_be_loaded_with_a_warning() {
    let project = Project::new("[upload.config]\nprovider = \"nowhere\"\n").installed();
    project.write("providers/broken/libbroken.so", "not a library");
    let ran = project.run(&["config", "schema"]).expect(0);
    insta::assert_snapshot!(ran.stderr);
    let schema: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(refusals(&schema, "[upload.config.providerOptions]\nanything = 1\n"), [""; 0]);
    let quiet = project.run(&["-q", "config", "schema"]).expect(0);
    assert_eq!((quiet.stderr.as_str(), &quiet.stdout), ("", &ran.stdout));
}

#[test]
fn the_schema_is_written_beside_the_plugins_file() {
    let project = Project::local();
    insta::assert_snapshot!(project.run(&["config", "schema", "--write"]).expect(0).stdout);
    let written = fs::read(project.path("config/longshore.schema.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), printed(&project, &[]));
    let lines = project.run(&["-C", ".", "config", "schema", "--write", "--json"]).expect(0).lines();
    assert!(lines[0]["written"].as_str().unwrap().ends_with("config/longshore.schema.json"));
}
