//! The program.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Client, get, put};

fn program(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dev-s3"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
}

#[tokio::test]
async fn the_program_prints_its_address_and_ends_on_interrupt() {
    let mut child = program(&["--port", "0", "--bucket", "media", "--owner-enforced", "locked", "--journal"]);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).take(6);
    let lines: Vec<String> = lines.collect();
    let value = |name: &str| {
        let found = lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        found.unwrap_or_else(|| panic!("{name} in {lines:?}")).to_owned()
    };
    assert!(lines[0].starts_with("endpoint http://127.0.0.1:"), "{lines:?}");
    assert_eq!(lines[4..], ["bucket media", "bucket locked"]);
    let client = Client {
        address: value("endpoint").replace("http://", ""),
        id: value("access-key-id"),
        secret: value("secret-access-key"),
        token: None,
        region: value("region"),
        ahead: 0,
    };
    assert_eq!(client.send(put("/media/a", "x")).await.status, 200);
    assert_eq!(client.send(get("/media/a").presigned(60)).await.text(), "x");
    interrupt(&child);
    assert!(child.wait().unwrap().success());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(errors.contains("for development and tests only"), "{errors}");
    assert!(errors.contains("PutObject PUT /media/a 200 1"), "{errors}");
}

#[test]
fn program_prints_one_json_object_when_asked() {
    let mut child = program(&["--port", "0", "--bucket", "media", "--session-token", "t", "--json"]);
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    interrupt(&child);
    child.wait().unwrap();
    let all: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(all["endpoint"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(all["buckets"], serde_json::json!(["media"]));
    assert_eq!(all["sessionToken"], "t");
}

#[test]
fn the_program_listens_to_other_machines_only_with_an_option() {
    let output = program(&["--port", "0", "--bind", "0.0.0.0"]).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("0.0.0.0") && errors.contains("--allow-remote"), "{errors}");
}

#[test]
fn program_refuses_what_cannot_be_a_bucket() {
    let output = program(&["--port", "0", "--bucket", "No_Bucket"]).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("`No_Bucket`"));
}
