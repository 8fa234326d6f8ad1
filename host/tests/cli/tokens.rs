//! API tokens through the command line.

use std::fs;

use serde_json::json;

use crate::project::Project;

#[test]
fn a_token_is_shown_once_and_only_its_hash_is_kept() {
    let project = Project::local();
    let ran = project.run(&["token", "create", "ci", "--allow", "find,upload,find"]).expect(0);
    let token = ran.stdout.trim_end();
    assert!(token.starts_with("lst_") && token.len() == 47, "{token}");
    assert_eq!(ran.stderr, "created token 1, `ci`; it cannot be shown again\n");
    assert_eq!(project.run(&["token", "list"]).expect(0).stdout, "   1  ci  upload,find\n");
    for entry in fs::read_dir(project.path("data")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
    assert_eq!(project.run(&["token", "revoke", "1"]).expect(0).stdout, "revoked 1\n");
    assert_eq!(project.run(&["token", "list"]).expect(0).stdout, "");
}

#[test]
fn json_has_the_same_fields() {
    let project = Project::local();
    let made = project.run(&["token", "create", "ci", "--allow", "all", "--expires", "30d", "--json"]).expect(0);
    let made = &made.lines()[0];
    assert_eq!(made["allow"], json!(["upload", "find", "findPage", "findOne", "destroy"]));
    assert!(made["token"].as_str().unwrap().starts_with("lst_") && made["expiresAt"].is_string(), "{made}");
    let listed = &project.run(&["token", "list", "--json"]).expect(0).lines()[0];
    let fields: Vec<&str> = listed.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["id", "name", "allow", "createdAt", "lastUsedAt", "expiresAt", "expired"]);
    assert_eq!((&listed["expired"], &listed["lastUsedAt"]), (&json!(false), &json!(null)));
}

#[test]
fn a_token_needs_no_provider() {
    let project = Project::new("[upload.config]\nprovider = \"nobody\"\n");
    project.run(&["token", "create", "ci", "--allow", "find"]).expect(0);
    project.run(&["token", "list"]).expect(0);
}

#[test]
fn a_token_that_is_not_there_ends_with_5() {
    let project = Project::local();
    project.run(&["token", "create", "ci", "--allow", "find"]).expect(0);
    let ran = project.run(&["token", "revoke", "1", "2"]).expect(5);
    assert_eq!(ran.stdout, "revoked 1\n");
    assert!(ran.stderr.contains("2: no token has this id"), "{}", ran.stderr);
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let project = Project::local();
    for arguments in [
        &["create"][..],
        &["create", "ci"],
        &["create", " ", "--allow", "find"],
        &["create", "ci", "--allow", "everything"],
        &["create", "ci", "--allow", "find", "--expires", "0"],
        &["revoke"],
        &["revoke", "0"],
        &["revoke", "ci"],
    ] {
        let ran = project.run(&[&["token"], arguments].concat()).expect(2);
        assert!(ran.stderr.starts_with("error: ") && ran.stdout.is_empty(), "{}", ran.all());
    }
}

#[test]
fn a_token_does_not_outlive_the_calendar() {
    let project = Project::local();
    for expires in ["99999999999d", "36501d", "9223372036854775807", "0"] {
        let ran = project.run(&["token", "create", "ci", "--allow", "find", "--expires", expires]).expect(2);
        assert!(ran.stderr.contains("a duration is at "), "{}", ran.stderr);
    }
    let made = project.run(&["token", "create", "ci", "--allow", "find", "--expires", "36500d", "--json"]).expect(0);
    assert!(made.lines()[0]["expiresAt"].is_string(), "{}", made.stdout);
}
