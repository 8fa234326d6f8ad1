//! The output of `--help`, and the errors of invalid command lines.

use crate::project::Project;

#[test]
fn every_verb_has_help() {
    let project = Project::empty();
    for verb in [
        "",
        "init",
        "config",
        "config check",
        "config show",
        "config schema",
        "provider",
        "provider new",
        "provider list",
        "provider inspect",
        "provider validate",
        "object",
        "object put",
        "object get",
        "object head",
        "object rm",
        "object url",
        "object ls",
        "files",
        "files upload",
        "files list",
        "files show",
        "files update",
        "files replace",
        "files rm",
        "files url",
        "files check",
        "files duplicates",
        "files unused",
        "serve",
        "token",
        "token create",
        "token list",
        "token revoke",
    ] {
        let arguments: Vec<&str> = verb.split_whitespace().chain(["--help"]).collect();
        let ran = project.run(&arguments).expect(0);
        insta::assert_snapshot!(format!("help {verb}").trim().replace(' ', "_"), ran.stdout);
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let project = Project::local();
    for arguments in [
        &["objekt"][..],
        &["object", "put"],
        &["object", "get", "a", "b"],
        &["object", "put", "a", "--concurrency", "0"],
        &["object", "get", "a", "--range", "9-1"],
        &["object", "url", "a", "--expires", "soon"],
        &["init", "--provider", "ftp"],
        &["object", "ls", "-v", "-q"],
        &["object", "ls", "--log", "=,="],
    ] {
        let ran = project.run(arguments).expect(2);
        assert!(ran.stderr.starts_with("error: ") && ran.stdout.is_empty(), "{}", ran.all());
    }
}

#[test]
fn the_log_is_as_loud_as_it_is_asked_to_be() {
    let project = Project::local();
    assert_eq!(project.run(&["object", "ls"]).expect(0).stderr, "");
    let loud = project.run(&["object", "ls", "-vv"]).expect(0).stderr;
    assert!(loud.contains("DEBUG longshore_plugin_host"), "{loud}");
    let one = project.run(&["object", "ls", "--log", "longshore_plugin_host::load=debug"]).expect(0).stderr;
    assert!(one.contains("loaded a library"), "{one}");
    let project = project.with_variable("LONGSHORE_LOG", "longshore_plugin_host=debug");
    assert!(project.run(&["object", "ls"]).expect(0).stderr.contains("loaded a library"));
}
