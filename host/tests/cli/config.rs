//! A configuration that is wrong, and one that is shown.

use crate::project::Project;

/// What every verb that works with the provider says.
fn refused(name: &str, project: &Project, code: i32) {
    let ran = project.run(&["object", "ls"]).expect(code);
    insta::assert_snapshot!(name, ran.all());
}

#[test]
fn no_configuration() {
    refused("no_configuration", &Project::empty(), 3);
    let project = Project::local();
    project.write("below/file", "");
    let ran = project.run(&["-C", "below", "object", "ls"]).expect(3);
    assert!(ran.stderr.contains("hint: there is one in <project>: start from there"), "{}", ran.stderr);
}

#[test]
fn toml_that_does_not_parse() {
    refused("toml_that_does_not_parse", &Project::new("[upload.config]\nprovider = \"local\nsizeLimit = 1\n"), 3);
}

#[test]
fn an_unknown_key() {
    refused("an_unknown_key", &Project::new("[upload.config]\nprovder = \"local\"\n"), 3);
    let option = "[upload.config]\nprovider = \"local\"\n[upload.config.providerOptions]\ndirectry = \"a\"\n";
    refused("an_unknown_option", &Project::new(option), 3);
}

#[test]
fn a_missing_variable() {
    refused("a_missing_variable", &Project::new("[upload.config]\nprovider = \"${STORAGE}\"\n"), 3);
}

#[test]
fn a_wrong_type() {
    refused("a_wrong_type", &Project::new("[upload.config]\nsizeLimit = \"much\"\nprovider = 5\n"), 3);
    let option = "[upload.config.providerOptions]\ndirectory = [1]\n";
    refused("a_wrong_type_of_an_option", &Project::new(option), 3);
}

#[test]
fn a_secret_of_a_wrong_type_is_not_echoed() {
    let toml = "[upload.config]\nprovider = \"aws-s3\"\n[upload.config.providerOptions.s3Options]\n\
                credentials = { accessKeyId = \"AKIDHUSH\", secretAccessKey = { hush = \"hush-hush\" } }\n\
                region = \"eu-west-1\"\nparams = { Bucket = \"media\" }\n";
    let project = Project::new(toml);
    for verb in [&["object", "ls"][..], &["config", "check"], &["config", "check", "--json"], &["-vvv", "object", "ls"]]
    {
        let ran = project.run(verb).expect(3);
        let all = ran.all();
        assert!(!all.contains("hush-hush") && !all.contains("AKIDHUSH"), "{all}");
        assert!(all.contains("upload.config.providerOptions.s3Options.credentials.secretAccessKey"), "{all}");
    }
}

#[test]
fn a_provider_that_is_not_found() {
    refused("a_provider_that_is_not_found", &Project::new("[upload.config]\nprovider = \"locl\"\n"), 4);
}

#[test]
fn a_name_that_is_a_path() {
    refused("a_name_that_is_a_path", &Project::new("[upload.config]\nprovider = \"../local\"\n"), 3);
    for name in ["a/b", "/etc/passwd", "", "a..b"] {
        let ran =
            Project::local().run(&["object", "ls", "--set", &format!("upload.config.provider={name:?}")]).expect(3);
        assert!(ran.stderr.contains("not a provider's name"), "{}", ran.stderr);
    }
}

#[test]
fn dotenv_must_not_decide_what_is_loaded() {
    let project = Project::local();
    project.write(".env", "LONGSHORE_PROVIDER_PATH=/tmp\n");
    refused("dotenv_must_not_decide_what_is_loaded", &project, 3);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let project = Project::new(
        "[upload.config]\nprovider = \"local\"\nsizeLmit = 1\nsizeLimit = \"${LIMIT}\"\n\
         [upload.config.providerOptions]\ndirectory = [1]\npublicPath = \"${BASE}\"\nsynk = true\n\
         [upload.providers.nowhere]\n[graphql]\n",
    );
    insta::assert_snapshot!(project.run(&["config", "check"]).expect(3).all());
    insta::assert_snapshot!("without_loading", project.run(&["config", "check", "--no-load"]).expect(3).all());
    let findings = project.run(&["config", "check", "--json"]).expect(3);
    assert_eq!(findings.stderr, "");
    let keys: Vec<_> = findings.lines().iter().map(|finding| finding["key"].clone()).collect();
    assert!(keys.contains(&"upload.config.sizeLmit".into()), "{keys:?}");
    assert!(keys.contains(&"upload.providers.nowhere".into()), "{keys:?}");
}

#[test]
fn what_is_right_is_said_too() {
    insta::assert_snapshot!(Project::local().run(&["config", "check"]).expect(0).all());
}

#[test]
fn a_provider_that_is_missing_alone_ends_the_check_with_4() {
    Project::new("[upload.config]\nprovider = \"nowhere\"\n").run(&["config", "check"]).expect(4);
}

#[test]
fn the_configuration_is_shown_with_its_origins_and_without_secrets() {
    let project = Project::new(
        "[upload.config]\nprovider = \"aws-s3\"\n[upload.config.providerOptions]\nrootPath = \"${ROOT-files}\"\n\
         [upload.config.providerOptions.s3Options]\nregion = \"eu-west-1\"\n\
         credentials = { accessKeyId = \"AKIDHUSH\", secretAccessKey = \"${SECRET}\" }\nparams = { Bucket = \"media\" }\n",
    )
    .with_variable("SECRET", "hush-hush");
    project.write("config/env/development/plugins.toml", "[upload.config]\nsizeLimit = 5\n");
    let arguments = ["config", "show", "--set", "upload.config.concurrentUploadSize=2"];
    let ran = project.run(&arguments).expect(0);
    assert!(!ran.all().contains("hush-hush"));
    insta::assert_snapshot!(ran.all());
    let by_name = project.run(&["config", "show", "--no-load", "--json"]).expect(0);
    assert!(!by_name.all().contains("hush-hush"));
    let secret = |line: &serde_json::Value| line["key"].as_str().unwrap().ends_with("secretAccessKey");
    let line = by_name.lines().into_iter().find(secret).unwrap();
    assert_eq!(
        (line["masked"].clone(), line["origin"].clone()),
        (true.into(), "config/plugins.toml:7:43, SECRET".into())
    );
}
