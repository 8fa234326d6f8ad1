//! The inputs of `object put`, and their keys.

use std::fs;

use crate::project::Project;

#[test]
fn the_base_name_is_the_key() {
    let project = Project::local();
    project.write("deep/down/a.txt", "1");
    project.run(&["object", "put", "deep/down/a.txt"]).expect(0);
    project.run(&["object", "put", "deep/down/a.txt", "--prefix", "x/y"]).expect(0);
    project.run(&["object", "put", "deep/down/a.txt", "--prefix", "z/"]).expect(0);
    project.run(&["object", "put", "deep/down/a.txt", "--key", "other/name"]).expect(0);
    assert_eq!(project.run(&["object", "ls"]).expect(0).stdout, "a.txt\nother/name\nx/y/a.txt\nz/a.txt\n");
    assert_eq!(project.run(&["object", "ls", "x/"]).expect(0).stdout, "x/y/a.txt\n");
}

#[test]
fn standard_input_needs_a_key() {
    let project = Project::local();
    insta::assert_snapshot!(project.run(&["object", "put", "-"]).expect(2).stderr);
    let bytes = vec![7; 2_500_000];
    project.run_with_input(&["object", "put", "-", "--key", "in/put"], &bytes).expect(0);
    assert!(fs::read(project.path("files/in/put")).unwrap() == bytes);
    project.write("piped", "from a file");
    let file = fs::File::open(project.path("piped")).unwrap();
    let output = project.command(&["object", "put", "-", "--key", "redirected"]).stdin(file).output().unwrap();
    assert!(output.status.success());
    assert_eq!(fs::read(project.path("files/redirected")).unwrap(), b"from a file");
}

#[test]
fn an_empty_file_is_stored_empty() {
    let project = Project::local();
    project.write("empty", "");
    project.run(&["object", "put", "empty"]).expect(0);
    assert_eq!(fs::read(project.path("files/empty")).unwrap(), b"");
    project.run_with_input(&["object", "put", "-", "--key", "nothing"], b"").expect(0);
    assert_eq!(project.command(&["object", "get", "nothing"]).output().unwrap().stdout, b"");
}

#[test]
fn the_other_inputs_are_processed_after_a_failure() {
    let project = Project::local();
    for name in ["a", "b", "c"] {
        project.write(name, name);
    }
    fs::create_dir(project.path("folder")).unwrap();
    let arguments = ["object", "put", "a", "missing", "b", "folder", "c", "--concurrency", "1"];
    insta::assert_snapshot!(project.run(&arguments).expect(1).all());
    assert_eq!(project.run(&["object", "ls"]).expect(0).stdout, "a\nb\nc\n");
}

#[test]
fn two_files_for_one_key_are_refused() {
    let project = Project::local();
    for name in ["x/a", "y/a"] {
        project.write(name, name);
    }
    insta::assert_snapshot!(project.run(&["object", "put", "x/a", "y/a"]).expect(2).stderr);
    project.run(&["object", "put", "x/a", "y/a", "--key", "k"]).expect(2);
    assert_eq!(project.run(&["object", "ls"]).expect(0).stdout, "");
}

/// The size of files in `/proc` is reported as 0.
#[test]
fn a_file_that_grows_while_it_is_read_is_not_stored() {
    let project = Project::local();
    let ran = project.run(&["object", "put", "/proc/version"]).expect(1);
    assert!(ran.stderr.contains("the file grew while it was sent"), "{}", ran.stderr);
    assert!(ran.stderr.contains("kind: broken_body"), "{}", ran.stderr);
    assert_eq!(project.run(&["object", "ls"]).expect(0).stdout, "");
}

#[test]
fn the_size_limit_holds_for_files_and_for_pipes() {
    let project = Project::local();
    project.write("six", "123456");
    let limit = ["--set", "upload.config.sizeLimit=5"];
    for ran in [
        project.run(&["object", "put", "six", limit[0], limit[1]]),
        project.run_with_input(&["object", "put", "-", "--key", "six", limit[0], limit[1]], b"123456"),
    ] {
        assert!(ran.stderr.contains("kind: too_large"), "{}", ran.all());
        assert_eq!(ran.code, 1);
    }
    assert_eq!(project.run(&["object", "ls"]).expect(0).stdout, "");
    project.run_with_input(&["object", "put", "-", "--key", "five", limit[0], limit[1]], b"12345").expect(0);
}
