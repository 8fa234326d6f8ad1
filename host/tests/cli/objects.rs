//! Files stored, read and removed with the local provider.

use std::{fs, process::Stdio};

use crate::project::Project;

#[test]
fn a_file_goes_there_and_back() {
    let project = Project::local();
    let bytes: Vec<u8> = (0..3_000_017_u32).flat_map(u32::to_le_bytes).collect();
    project.write("photo.jpg", &bytes);
    project.run(&["object", "put", "photo.jpg"]).expect(0);
    assert!(fs::read(project.path("files/photo.jpg")).unwrap() == bytes);
    project.run(&["object", "get", "photo.jpg", "-o", "back.jpg"]).expect(0);
    assert!(fs::read(project.path("back.jpg")).unwrap() == bytes);
    let output = project.command(&["object", "get", "photo.jpg"]).output().unwrap();
    assert!(output.stdout == bytes);
    let range = project.command(&["object", "get", "photo.jpg", "--range", "1048570-1048581"]).output().unwrap();
    assert_eq!(range.stdout, bytes[1_048_570..=1_048_581]);
    assert_eq!(project.run(&["object", "ls"]).expect(0).stdout, "photo.jpg\n");
    assert_eq!(project.run(&["object", "url", "photo.jpg"]).expect(0).stdout, "/uploads/photo.jpg\n");
    project.run(&["object", "rm", "photo.jpg"]).expect(0);
    assert_eq!(project.run(&["object", "ls"]).expect(0).stdout, "");
}

#[test]
fn keys_are_taken_verbatim() {
    let project = Project::local();
    project.write("a.txt", "x");
    for key in ["ä b+c%25?#.txt", "日本/語", "..a", "a'\"\\b", "-dash"] {
        project.run(&["object", "put", "a.txt", &format!("--key={key}")]).expect(0);
        assert_eq!(fs::read(project.path("files").join(key)).unwrap(), b"x", "{key}");
        project.run(&["object", "get", "--", key]).expect(0);
        project.run(&["object", "rm", "--", key]).expect(0);
        assert!(!project.path("files").join(key).exists(), "{key}");
    }
}

#[test]
fn keys_that_cannot_be_kept_are_refused_before_anything_is_loaded() {
    let project = Project::empty();
    for key in ["", "..", "a/../b", "/a", "a/", "a//b", ".", "a\nb", "a\u{1b}[2J"] {
        for verb in ["get", "head", "rm", "url"] {
            let ran = project.run(&["object", verb, "--", key]).expect(2);
            assert!(ran.stderr.contains("is refused") && !ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
        }
        project.run(&["object", "put", "a.txt", &format!("--key={key}")]).expect(2);
    }
    project.run(&["object", "put", "a.txt", "--prefix", "../up"]).expect(2);
}

#[test]
fn what_is_missing_ends_with_5() {
    let project = Project::local();
    insta::assert_snapshot!("missing_head", project.run(&["object", "head", "nowhere"]).expect(5).all());
    insta::assert_snapshot!("missing_get", project.run(&["object", "get", "nowhere"]).expect(5).all());
    project.run(&["object", "get", "nowhere", "-o", "out"]).expect(5);
    assert!(!project.path("out").exists());
    project.run(&["object", "rm", "nowhere"]).expect(0);
}

#[test]
fn a_get_that_fails_leaves_the_old_file() {
    let project = Project::misbehaving("");
    project.write("out", "old");
    let ran = project.run(&["object", "get", "fail", "-o", "out"]).expect(1);
    assert!(ran.stderr.contains("the stream was asked to fail"), "{}", ran.stderr);
    assert_eq!(fs::read(project.path("out")).unwrap(), b"old");
    let names: Vec<_> = fs::read_dir(project.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let project = Project::local();
    project.write("files/big", vec![1; 5_000_000]);
    let mut child = project.command(&["object", "get", "big"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_panic_of_the_provider_is_an_error_of_the_one_file() {
    let project = Project::misbehaving("");
    for name in ["panic", "good"] {
        project.write(name, "x");
    }
    let ran = project.run(&["object", "put", "panic", "good"]).expect(1);
    assert!(ran.stdout.contains("good"), "{}", ran.all());
    assert!(ran.stderr.contains("upload was asked to panic") && ran.stderr.contains("kind: panic"), "{}", ran.all());
}

#[test]
fn object_ls_fails_on_a_provider_without_list() {
    let ran = Project::new("[upload.config]\nprovider = \"memory\"\n").run(&["object", "ls"]).expect(1);
    assert!(ran.stderr.contains("kind: unsupported"), "{}", ran.stderr);
}

#[test]
fn a_provider_that_signs_nothing_ignores_expiry_aloud() {
    let ran = Project::local().run(&["object", "url", "a", "--expires", "5m"]).expect(0);
    assert_eq!(ran.stdout, "/uploads/a\n");
    assert!(ran.stderr.starts_with("warning: "), "{}", ran.stderr);
}
