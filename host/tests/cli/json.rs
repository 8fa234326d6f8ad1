//! The shapes that `--json` prints: programs depend on them.

use serde_json::{Value, json};

use crate::project::Project;

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn each_verb_has_its_fields() {
    let project = Project::local();
    project.write("a.txt", "hello");
    let put = &project.run(&["object", "put", "a.txt", "--prefix", "x", "--json"]).expect(0).lines()[0];
    assert_eq!(fields(put), ["file", "key", "url", "size", "etag"]);
    assert_eq!((put["file"].as_str(), put["key"].as_str()), (Some("a.txt"), Some("x/a.txt")));
    assert_eq!((put["url"].as_str(), put["size"].as_u64()), (Some("/uploads/x/a.txt"), Some(5)));

    let head = &project.run(&["object", "head", "x/a.txt", "--json"]).expect(0).lines()[0];
    assert_eq!(fields(head), ["key", "size", "etag", "contentType", "lastModified"]);
    assert_eq!(head["key"], put["key"]);
    assert_eq!(head["etag"], put["etag"]);
    assert_eq!(head["contentType"], Value::Null, "`local` stores no types");
    assert!(head["lastModified"].as_str().unwrap().ends_with('Z'), "{head}");

    let url = &project.run(&["object", "url", "x/a.txt", "--json"]).expect(0).lines()[0];
    let expected = json!({ "key": "x/a.txt", "url": "/uploads/x/a.txt", "signed": false, "expiresAt": null });
    assert_eq!((fields(url), url), (vec!["key", "url", "signed", "expiresAt"], &expected));

    let listed = &project.run(&["object", "ls", "--json"]).expect(0).lines()[0];
    assert_eq!(fields(listed), ["key", "size", "etag", "lastModified"]);
    assert_eq!(listed["key"], "x/a.txt");

    let got = &project.run(&["object", "get", "x/a.txt", "-o", "b.txt", "--json"]).expect(0).lines()[0];
    assert_eq!(fields(got), ["key", "file", "size", "etag", "contentType", "lastModified"]);

    let removed = &project.run(&["object", "rm", "x/a.txt", "--json"]).expect(0).lines()[0];
    assert_eq!(removed, &json!({ "key": "x/a.txt", "removed": true }));
}

#[test]
fn failures_are_lines_too() {
    let project = Project::local();
    project.write("a.txt", "hello");
    let ran = project.run(&["object", "put", "nowhere", "a.txt", "--json", "--concurrency", "1"]).expect(1);
    assert_eq!(ran.stderr, "");
    let lines = ran.lines();
    assert_eq!(fields(&lines[0]), ["file", "error"]);
    assert_eq!(fields(&lines[0]["error"]), ["kind", "message", "serviceCode", "requestId", "retryable"]);
    assert_eq!(lines[0]["error"]["kind"], "not_found");
    assert_eq!(lines[1]["key"], "a.txt");

    let missing = project.run(&["object", "head", "nowhere", "--json"]).expect(5);
    insta::assert_snapshot!("missing_as_json", missing.all());
    let to_stdout = project.run(&["object", "get", "nowhere", "--json"]).expect(5);
    assert_eq!((to_stdout.stdout.as_str(), to_stdout.stderr), ("", missing.stdout));
}

#[test]
fn json_errors_contain_the_code_of_the_service() {
    let ran = Project::misbehaving("").run(&["object", "get", "missing", "-o", "out", "--json"]).expect(5);
    let error = &ran.lines()[0]["error"];
    assert_eq!((error["serviceCode"].as_str(), error["requestId"].as_str()), (Some("NoSuchShelf"), Some("r-1")));
    let text = Project::misbehaving("").run(&["object", "get", "missing", "-o", "out"]).expect(5).stderr;
    assert!(text.contains("kind: not_found, service code: NoSuchShelf, request id: r-1"), "{text}");
}
