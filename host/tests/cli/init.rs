//! `longshore init`.

use std::fs;

use crate::project::Project;

#[test]
fn a_project_can_be_used_right_away() {
    let project = Project::empty();
    insta::assert_snapshot!(project.run(&["init"]).expect(0).all());
    assert!(fs::read_to_string(project.path("config/plugins.toml")).unwrap().contains("provider = \"local\""));
    project.run(&["config", "check"]).expect(0);
    project.write("a.txt", "hello");
    project.run(&["object", "put", "a.txt"]).expect(0);
    assert_eq!(fs::read(project.path("public/uploads/a.txt")).unwrap(), b"hello");
}

#[test]
fn a_configuration_that_is_there_is_not_overwritten() {
    let project = Project::new("# mine\n");
    insta::assert_snapshot!(project.run(&["init"]).expect(3).all());
    assert_eq!(fs::read_to_string(project.path("config/plugins.toml")).unwrap(), "# mine\n");
    assert!(!project.path("config/longshore.toml").exists());
}

#[test]
fn the_servers_settings_that_are_there_are_kept() {
    let project = Project::empty();
    project.write("config/longshore.toml", "[server]\ndocs = true\n");
    let lines = project.run(&["init", "--json"]).expect(0).lines();
    assert_eq!(
        lines[0]["written"],
        serde_json::json!(["config/plugins.toml", "config/longshore.schema.json", "public/uploads"])
    );
    assert_eq!(fs::read_to_string(project.path("config/longshore.toml")).unwrap(), "[server]\ndocs = true\n");
}

#[test]
fn every_provider_s_template_is_right_once_its_variables_are_set() {
    for provider in ["aws-s3", "aws-s3-private"] {
        let project = Project::empty();
        insta::assert_snapshot!(
            format!("init_{provider}"),
            project.run(&["init", "--provider", provider]).expect(0).all()
        );
        let missing = project.run(&["config", "check", "--no-load"]).expect(3).stderr;
        project.write(".env", "AWS_REGION=eu-west-1\nAWS_ACCESS_KEY_ID=a\nAWS_ACCESS_SECRET=b\nAWS_BUCKET=media\n");
        assert!(missing.contains("AWS_BUCKET"), "{missing}");
        project.run(&["config", "check", "--no-load"]).expect(0);
    }
}

#[test]
fn the_file_and_the_folder_can_be_named() {
    let project = Project::empty();
    project.run(&["init", "--config", "other/config/plugins.toml"]).expect(0);
    assert!(project.path("other/config/plugins.toml").is_file() && project.path("other/public/uploads").is_dir());
    project.run(&["-C", "third", "init"]).expect(0);
    project.run(&["-C", "third", "config", "check"]).expect(0);
    let lines = project.run(&["-C", "fourth", "init", "--json"]).expect(0).lines();
    assert_eq!(lines[0]["written"][0], "fourth/config/plugins.toml");
}
