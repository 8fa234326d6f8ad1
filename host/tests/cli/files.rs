//! The media library through the command line.

use std::{fs, io::Write};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{
    interrupt::{send, until},
    project::{Project, Ran},
};

/// A PNG of 300 × 200 pixels in one colour, which is large enough for formats.
const PNG: &[u8] = include_bytes!("files/red.png");

/// Compares with a snapshot. Ids, hashes and times differ between runs, and sizes depend on the encoder: filters
/// replace them.
fn with_filters(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"_[0-9a-f]{10}(_[a-z0-9]{6})?\b", "_<hash>");
    settings.add_filter(r"\b[a-z][a-z0-9]{23}\b", "<document id>");
    settings.add_filter(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>");
    settings.add_filter(r"(?m)^((etag|checksum) +)\S+", "$1<$2>");
    settings.add_filter(r"\b\d+ B\b", "<size>");
    settings.add_filter(r"\(\d+ bytes\)", "(<size>)");
    settings.bind(|| insta::assert_snapshot!(name.to_owned(), text));
}

/// The names of the stored files, sorted, without their random parts.
fn stored(project: &Project) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(project.path("files"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".longshore-tmp")
        .map(|name| match name.rsplit_once('_') {
            Some((stem, rest)) => format!("{stem}{}", &rest[10..]),
            None => name,
        })
        .collect();
    names.sort();
    names
}

fn names(ran: &Ran) -> Vec<String> {
    ran.lines().iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_file_lives_from_upload_to_removal() {
    let project = Project::local();
    project.write("in/My Photo é.png", PNG);
    project.write("new.png", PNG);
    let mut said = String::new();
    for arguments in [
        &["upload", "in", "--alt", "a red one", "--caption", "red"][..],
        &["list"],
        &["show", "1"],
        &["url", "1"],
        &["url", "1", "--format", "thumbnail"],
        &["update", "1", "--name", "Red", "--caption", "", "--focal-point", "50,12.5"],
        &["replace", "1", "new.png"],
        &["show", "1"],
        &["rm", "1"],
        &["list"],
    ] {
        let ran = project.run(&[&["files"], arguments].concat()).expect(0);
        said.extend(["$ longshore files ", &arguments.join(" "), "\n", &ran.stdout, &ran.stderr]);
    }
    with_filters("a_file_lives", &said);
    assert_eq!(stored(&project), [""; 0]);
}

#[test]
fn json_is_what_the_api_shows() {
    let project = Project::local();
    project.write("a.txt", "hello");
    let uploaded = project.run(&["files", "upload", "a.txt", "--json"]).expect(0).lines().remove(0);
    assert_eq!(uploaded["file"], "a.txt");
    let listed = project.run(&["files", "list", "--json"]).expect(0).lines().remove(0);
    let fields: Vec<&str> = listed.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields[..4], ["id", "documentId", "name", "alternativeText"]);
    assert_eq!((&listed["size"], &listed["isUrlSigned"]), (&json!(0.01), &json!(false)));
    for (name, value) in listed.as_object().unwrap() {
        assert_eq!(&uploaded[name], value, "{name}");
    }
    let document = listed["documentId"].as_str().unwrap();
    let shown = project.run(&["files", "show", document, "--json"]).expect(0).lines().remove(0);
    assert_eq!((&shown["id"], &shown["sizeInBytes"]), (&listed["id"], &json!(5)));
    let url = project.run(&["files", "url", document, "--json"]).expect(0).lines().remove(0);
    assert_eq!(url, json!({ "id": 1, "format": null, "url": listed["url"], "signed": false }));
    let removed = project.run(&["files", "rm", document, "--json"]).expect(0).lines().remove(0);
    assert_eq!(removed, json!({ "id": 1, "documentId": document, "name": "a.txt", "removed": true }));
}

#[test]
fn folders_and_patterns_are_expanded() {
    let project = Project::local();
    for file in ["in/a.txt", "in/b.md", "in/sub/c.txt", "in/.hidden", "d.txt"] {
        project.write(file, file);
    }
    project.run(&["files", "upload", "in", "*.txt", "in/a.txt"]).expect(0);
    assert_eq!(stored(&project), ["a.txt", "b.md", "c.txt", "d.txt"]);
    let ran = project.run(&["files", "upload", "in/.hidden", "in/**/*.txt", "--concurrency", "1", "--json"]).expect(0);
    assert_eq!(names(&ran), [".hidden", "a.txt", "c.txt"]);
}

#[test]
fn the_other_inputs_are_processed_after_a_failure() {
    let project = Project::local();
    for (name, content) in [("a.txt", "a"), ("empty", ""), ("what?", "x"), ("z.txt", "z")] {
        project.write(name, content);
    }
    let paths = ["nowhere", "*.gif", "empty", "what?", "a.txt", "z.txt"];
    let arguments = [&["files", "upload", "--concurrency", "1"][..], &paths].concat();
    with_filters("the_other_inputs_are_processed_after_a_failure", &project.run(&arguments).expect(1).all());
    let lines = project.run(&[&arguments[..], &["--json"]].concat()).expect(1).lines();
    let kinds: Vec<&Value> = lines.iter().map(|line| &line["error"]["kind"]).collect();
    assert_eq!(
        kinds,
        ["not_found", "not_found", "invalid_input", "invalid_input"]
            .map(Value::from)
            .iter()
            .chain([&Value::Null; 2])
            .collect::<Vec<_>>()
    );
    assert_eq!(stored(&project), ["a.txt", "a.txt", "z.txt", "z.txt"]);
}

#[test]
fn limits_and_types_hold_here_too() {
    let project = Project::local();
    project.write("large.txt", "0123456789");
    project.write("a.svg", "<svg/>");
    project.write("a.txt", "a");
    let toml = fs::read_to_string(project.path("config/plugins.toml")).unwrap();
    let more = "[upload.config.security]\ndeniedTypes = [\"image/*\"]\n";
    project.write(
        "config/plugins.toml",
        format!("{}\n{more}", toml.replacen("[upload.config]\n", "[upload.config]\nsizeLimit = 8\n", 1)),
    );
    let ran =
        project.run(&["files", "upload", "large.txt", "a.svg", "a.txt", "--concurrency", "1", "--json"]).expect(1);
    let lines = ran.lines();
    assert_eq!(lines[0]["error"]["kind"], "too_large", "{}", ran.stdout);
    assert_eq!(lines[1]["error"]["message"], "the type `image/svg+xml` is not accepted");
    assert_eq!(lines[2]["name"], "a.txt");
}

#[test]
fn what_is_missing_ends_with_5() {
    let project = Project::local();
    project.write("a.txt", "a");
    for arguments in [
        &["show", "7"][..],
        &["show", "wugy12c2mr82tkgwyo6vcwqp"],
        &["update", "7", "--alt", ""],
        &["replace", "7", "a.txt"],
        &["rm", "7", "8"],
        &["url", "7"],
    ] {
        let ran = project.run(&[&["files"], arguments].concat()).expect(5);
        assert!(ran.stderr.contains("there is no such file") && ran.stdout.is_empty(), "{}", ran.all());
    }
    project.run(&["files", "upload", "a.txt"]).expect(0);
    let ran = project.run(&["files", "url", "1", "--format", "large"]).expect(5);
    assert!(ran.stderr.contains("the file has no format `large`"), "{}", ran.stderr);
    project.run(&["files", "replace", "1", "nowhere"]).expect(1);
}

#[test]
fn a_listing_is_filtered_sorted_and_cut_as_the_api_s() {
    let project = Project::local();
    for name in ["a.txt", "b.txt", "c.json", "d.txt"] {
        project.write(name, name);
    }
    project.run(&["files", "upload", "a.txt", "b.txt", "c.json", "d.txt", "--concurrency", "1"]).expect(0);
    let listed =
        |arguments: &[&str]| names(&project.run(&[&["files", "list", "--json"], arguments].concat()).expect(0));
    assert_eq!(listed(&["--filter", "mime[$contains]=text"]), ["a.txt", "b.txt", "d.txt"]);
    assert_eq!(listed(&["--filter", "mime[$contains]=text", "--filter", "name[$ne]=b.txt"]), ["a.txt", "d.txt"]);
    assert_eq!(listed(&["--filter", "id[$in][0]=1", "--filter", "id[$in][1]=3"]), ["a.txt", "c.json"]);
    assert_eq!(listed(&["--sort", "name:desc", "--limit", "2"]), ["d.txt", "c.json"]);
    assert_eq!(listed(&["--start", "3"]), ["d.txt"]);
    assert_eq!(listed(&["--search", "JSON"]), ["c.json"]);
    let short = project.run(&["files", "list", "--limit", "1"]).expect(0);
    assert_eq!(short.stdout, "1  a.txt\n");
}

#[test]
fn standard_input_is_a_file_with_a_name() {
    let project = Project::local();
    let ran = project.run_with_input(&["files", "upload", "-", "--name", "notes.md", "--json"], b"# notes").expect(0);
    let line = &ran.lines()[0];
    assert_eq!(
        (&line["name"], &line["mime"], &line["ext"]),
        (&json!("notes.md"), &json!("text/markdown"), &json!(".md"))
    );
    let ran = project.run(&["files", "upload", "-"]).expect(2);
    assert!(ran.stderr.contains("--name NAME"), "{}", ran.stderr);
}

#[test]
fn files_go_below_a_folder_and_are_attached() {
    let project = Project::local();
    project.write("a.txt", "a");
    let link = ["--ref", "api::article.article", "--ref-id", "7", "--field", "cover"];
    project.run(&[&["files", "upload", "a.txt"][..], &link].concat()).expect(0);
    let ran =
        project.run(&["files", "upload", "a.txt", "--ref", "no type", "--ref-id", "7", "--field", "cover"]).expect(1);
    assert!(ran.stderr.contains("the link is wrong"), "{}", ran.stderr);
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let project = Project::local();
    project.write("a.txt", "a");
    for arguments in [
        &["upload"][..],
        &["upload", "a.txt", "a.txt", "config", "--name", "b"],
        &["upload", "a.txt", "--ref", "api::a.a"],
        &["upload", "a.txt", "--focal-point", "200,1"],
        &["upload", "a.txt", "--name", ""],
        &["list", "--filter", "name"],
        &["list", "--filter", "nobody=1"],
        &["list", "--sort", "nobody"],
        &["list", "--limit", "-1"],
        &["show", "A"],
        &["update", "1"],
        &["rm"],
        &["url", "1", "--expires", "soon"],
    ] {
        let ran = project.run(&[&["files"], arguments].concat()).expect(2);
        assert!(ran.stderr.starts_with("error: ") && ran.stdout.is_empty(), "{}", ran.all());
    }
}

#[test]
fn an_interrupted_upload_leaves_no_file_and_no_row() {
    let project = Project::local();
    let mut child = project.start(&["files", "upload", "-", "--name", "big.bin"]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&vec![1; 8 << 20]).unwrap();
    let temporary = project.path("files/.longshore-tmp");
    until("the upload", || fs::read_dir(&temporary).is_ok_and(|mut entries| entries.next().is_some()));
    send(&child, Signal::INT);
    let ran = project.end(child).expect(130);
    assert!(ran.stderr.contains("error: interrupted"), "{}", ran.stderr);
    drop(stdin);
    assert_eq!(stored(&project), [""; 0]);
    assert!(fs::read_dir(&temporary).map_or(true, |mut entries| entries.next().is_none()));
    assert_eq!(project.run(&["files", "list"]).expect(0).stdout, "");
}

#[test]
fn a_name_with_control_characters_stays_on_its_line() {
    let project = Project::local();
    let name = "a.txt\n99  forged.txt\u{1b}[2J\u{202e}";
    project.write("a.txt", "a");
    let lines = |ran: &Ran| {
        assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{}", ran.stdout);
        ran.stdout.lines().count()
    };
    assert_eq!(lines(&project.run(&["files", "upload", "a.txt", "--name", name]).expect(0)), 1);
    let listed = project.run(&["files", "list"]).expect(0);
    assert_eq!(listed.stdout, "1  a.txt\\n99  forged.txt\\u{1b}[2J\\u{202e}\n");
    let shown = project.run(&["files", "show", "1"]).expect(0);
    assert!(shown.stdout.lines().all(|line| !line.starts_with("99")), "{}", shown.stdout);
    lines(&shown);
    assert_eq!(project.run(&["files", "list", "--json"]).expect(0).lines()[0]["name"], name);
    assert_eq!(lines(&project.run(&["files", "rm", "1"]).expect(0)), 1);
}

#[test]
fn check_reports_each_difference_with_its_remedy() {
    let project = Project::local();
    project.write("in/a.png", PNG);
    project.write("in/b.txt", "b");
    project.write("in/c.txt", "c");
    project.run(&["files", "upload", "--concurrency", "1", "in"]).expect(0);
    let ran = project.run(&["files", "check", "--checksum"]).expect(0);
    assert_eq!(ran.stderr, "checked 3 files with 4 objects: 0 findings\n");

    let key = |id: &str| {
        project.run(&["files", "show", id, "--json"]).expect(0).lines()[0]["key"].as_str().unwrap().to_owned()
    };
    let (image, gone, changed) = (key("1"), key("2"), key("3"));
    fs::remove_file(project.path(&format!("files/thumbnail_{image}"))).unwrap();
    fs::remove_file(project.path(&format!("files/{gone}"))).unwrap();
    project.write(&format!("files/{changed}"), "x");
    project.write("files/it's new.txt", "four");
    with_filters(
        "check_reports_each_difference",
        &sorted_blocks(&project.run(&["files", "check", "--checksum"]).expect(1)),
    );

    let found = project.run(&["files", "check", "--json"]).expect(1).lines();
    let mut kinds: Vec<&str> = found.iter().map(|line| line["finding"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["missing", "missing", "orphan"]);
    project.run(&["files", "rm", "1", "2", "3"]).expect(0);
    project.run(&["object", "rm", "--", "it's new.txt"]).expect(0);
    project.run(&["files", "check", "--checksum"]).expect(0);
}

/// The findings in an order that does not depend on timing.
fn sorted_blocks(ran: &Ran) -> String {
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let mut blocks: Vec<String> =
        lines.chunk_by(|_, next| next.starts_with(' ')).map(|block| block.join("\n") + "\n").collect();
    blocks.sort();
    blocks.concat() + &ran.stderr
}

#[test]
fn duplicates_and_files_without_an_entry_are_listed() {
    let project = Project::local();
    for (name, content) in [("a.txt", "same bytes"), ("b.txt", "same bytes"), ("c.txt", "others")] {
        project.write(name, content);
        project.run(&["files", "upload", name]).expect(0);
    }
    let ran = project.run(&["files", "duplicates"]).expect(0);
    assert_eq!(ran.stdout, "        10 B  1 a.txt  2 b.txt\n");
    assert_eq!(ran.stderr, "2 files have the bytes of another one; the copies take 10 B\n");
    let line = &project.run(&["files", "duplicates", "--json"]).expect(0).lines()[0];
    let files = json!([{ "id": 1, "name": "a.txt" }, { "id": 2, "name": "b.txt" }]);
    assert_eq!((&line["sizeInBytes"], &line["files"]), (&json!(10), &files));

    assert_eq!(names(&project.run(&["files", "unused", "--json"]).expect(0)), ["a.txt", "b.txt", "c.txt"]);
    assert_eq!(project.run(&["files", "unused", "--older", "1d"]).expect(0).stdout, "");
}
