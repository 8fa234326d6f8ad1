//! The S3 providers, as far as the command line has a part in it.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use longshore_dev_s3::{DevS3, Fault, Operation, Server};
use rustix::process::Signal;

use crate::{
    interrupt::{send, until},
    project::Project,
    serve::{self, EVERYBODY, ask, ask_with, file},
};

pub(crate) async fn server() -> Server {
    DevS3::builder().bucket("media").start().await.unwrap()
}

pub(crate) fn project(server: &Server, provider: &str) -> Project {
    project_at(server.endpoint(), server, provider)
}

fn project_at(endpoint: &str, server: &Server, provider: &str) -> Project {
    let (id, secret) = (server.access_key_id(), server.secret_access_key());
    Project::new(&format!(
        "[upload.config]\nprovider = \"{provider}\"\n[upload.config.providerOptions]\nrootPath = \"root\"\n\
         [upload.config.providerOptions.s3Options]\nendpoint = \"{endpoint}\"\nforcePathStyle = true\n\
         region = \"us-east-1\"\ncredentials = {{ accessKeyId = \"{id}\", secretAccessKey = \"{secret}\" }}\n\
         params = {{ Bucket = \"media\", ACL = \"public-read\" }}\n"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_relative_to_the_root() {
    let server = server().await;
    let project = project(&server, "aws-s3");
    project.write("a b+ä.txt", "hello");
    let put = project.run(&["object", "put", "a b+ä.txt", "--json"]).expect(0).lines();
    assert_eq!(put[0]["key"], "a b+ä.txt");
    assert_eq!(server.keys("media"), ["root/a b+ä.txt"]);
    let head = project.run(&["object", "head", "a b+ä.txt", "--json"]).expect(0).lines();
    assert_eq!(head[0]["contentType"], "text/plain");
    assert_eq!(project.run(&["object", "ls"]).expect(0).stdout, "a b+ä.txt\n");
    assert_eq!(project.run(&["object", "get", "a b+ä.txt"]).expect(0).stdout, "hello\n");
    project.run(&["object", "rm", "a b+ä.txt"]).expect(0);
    assert_eq!(server.keys("media").len(), 0);
    project.run(&["object", "head", "a b+ä.txt"]).expect(5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_busy_twice_is_asked_a_third_time() {
    let server = server().await;
    let project = project(&server, "aws-s3");
    project.write("a", "hello");
    server.faults().inject(Fault::slow_down().on(Operation::PutObject).times(2));
    project.run(&["object", "put", "a"]).expect(0);
    server.faults().inject(Fault::slow_down().on(Operation::PutObject));
    let ran = project.run(&["object", "put", "a", "--json"]).expect(1);
    let error = &ran.lines()[0]["error"];
    assert_eq!((error["kind"].as_str(), error["retryable"].as_bool()), (Some("rate_limited"), Some(true)), "{error}");
    assert_eq!(error["serviceCode"], "SlowDown");
    assert!(error["requestId"].is_string(), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_refuses_is_reported() {
    let server = server().await;
    let here = project(&server, "aws-s3");
    here.write("a", "hello");
    let other = "--set=upload.config.providerOptions.s3Options.params.Bucket=nowhere";
    let ran = here.run(&["object", "put", "a", other]).expect(1);
    assert!(ran.stderr.contains("service code: NoSuchBucket"), "{}", ran.stderr);
    let wrong = "--set=upload.config.providerOptions.s3Options.credentials.secretAccessKey=wrong";
    let ran = here.run(&["object", "put", "a", wrong]).expect(1);
    assert!(ran.stderr.contains("service code: SignatureDoesNotMatch"), "{}", ran.stderr);
    let nobody = project_at("http://127.0.0.1:9", &server, "aws-s3");
    nobody.write("a", "hello");
    let ran = nobody.run(&["object", "put", "a", "--json"]).expect(1);
    assert_eq!(ran.lines()[0]["error"]["kind"], "unavailable", "{}", ran.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn object_head_reports_why_a_key_cannot_be_read() {
    let server = server().await;
    let here = project(&server, "aws-s3");
    let other = "--set=upload.config.providerOptions.s3Options.params.Bucket=nowhere";
    let ran = here.run(&["object", "head", "a", other]).expect(1);
    assert!(ran.stderr.contains("there is no bucket `nowhere`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("service code: NoSuchBucket"), "{}", ran.stderr);
    let wrong = "--set=upload.config.providerOptions.s3Options.credentials.secretAccessKey=wrong";
    let ran = here.run(&["object", "head", "a", wrong]).expect(1);
    assert!(ran.stderr.contains("s3Options.credentials.secretAccessKey"), "{}", ran.stderr);
    assert!(ran.stderr.contains("service code: SignatureDoesNotMatch"), "{}", ran.stderr);
    here.run(&["object", "head", "a"]).expect(5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_upload_is_aborted() {
    // The second provider is an overlay: its base does the upload.
    for provider in ["aws-s3", "aws-s3-private"] {
        let server = server().await;
        let project = project(&server, provider);
        // The delay reveals an abort that the program does not await.
        server.faults().inject(Fault::delay(Duration::from_millis(300)).on(Operation::AbortMultipartUpload));
        let mut child = project.start(&["object", "put", "-", "--key", "big"]);
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&vec![1; 20 << 20]).unwrap();
        until("the first part", || server.open_uploads("media").iter().any(|upload| !upload.parts.is_empty()));
        send(&child, Signal::INT);
        let ran = project.end(child).expect(130);
        assert!(ran.stderr.contains("error: interrupted") && !ran.stderr.contains("may be left"), "{}", ran.stderr);
        assert!(server.open_uploads("media").is_empty() && server.keys("media").is_empty(), "{provider}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_interrupt_ends_at_once_and_prints_possible_leftovers() {
    let server = server().await;
    let project = project(&server, "aws-s3");
    server.faults().inject(Fault::hang().on(Operation::AbortMultipartUpload));
    let mut child = project.start(&["object", "put", "-", "--key", "dir/big"]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&vec![1; 20 << 20]).unwrap();
    until("the first part", || server.open_uploads("media").iter().any(|upload| !upload.parts.is_empty()));
    send(&child, Signal::INT);
    let aborts = || server.journal().iter().any(|request| request.operation == Some(Operation::AbortMultipartUpload));
    until("the abort", aborts);
    let second = Instant::now();
    send(&child, Signal::INT);
    let ran = project.end(child).expect(130);
    assert!(second.elapsed() < Duration::from_secs(9), "it awaited the clean-up");
    assert!(ran.stderr.contains("may be left:\n  dir/big\n"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_provider_s_urls_are_signed_for_as_long_as_asked() {
    let server = server().await;
    let project = project(&server, "aws-s3-private");
    let url = &project.run(&["object", "url", "a", "--expires", "1m", "--json"]).expect(0).lines()[0];
    assert_eq!(url["signed"], true);
    assert!(url["url"].as_str().unwrap().contains("X-Amz-Expires=60"), "{url}");
    assert!(url["expiresAt"].as_str().unwrap().ends_with('Z'), "{url}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requests_trace_parent_goes_on_to_the_service() {
    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let server = server().await;
    let project = project(&server, "aws-s3");
    project.write("config/longshore.toml", EVERYBODY);
    // The log level disables the span of the request.
    let longshore = serve::Server::start(&project, &["--log", "off"]);
    let traced = format!("traceparent: {PARENT}\r\n");
    // The requests to the service since the last call, each with its trace parent.
    let asked = || {
        let asked = server.journal().into_iter().map(|request| {
            let parent = request.header("traceparent").map(str::to_owned);
            (request.operation.unwrap(), parent)
        });
        let asked: Vec<_> = asked.collect();
        server.clear_journal();
        asked
    };
    let with = |operation, parent: Option<&str>| (operation, parent.map(str::to_owned));
    asked();

    let stored = ask_with(longshore.api, "POST /api/upload", &traced, &file("a.txt", "hello"));
    assert!(stored.starts_with("HTTP/1.1 201 "), "{stored}");
    assert_eq!(asked(), [with(Operation::PutObject, Some(PARENT))]);

    let large = file("b.txt", &"a line of a file\n".repeat(600_000));
    let stored = ask_with(longshore.api, "POST /api/upload", &traced, &large);
    assert!(stored.starts_with("HTTP/1.1 201 "), "{stored}");
    let parts = asked();
    assert!(parts.contains(&with(Operation::UploadPart, Some(PARENT))), "{parts:?}");
    assert!(parts.iter().all(|(_, parent)| parent.as_deref() == Some(PARENT)), "{parts:?}");

    let removed = ask_with(longshore.api, "DELETE /api/upload/files/1", &traced, b"");
    assert!(removed.starts_with("HTTP/1.1 200 "), "{removed}");
    let removals = asked();
    assert!(removals.contains(&with(Operation::DeleteObject, Some(PARENT))), "{removals:?}");

    ask(longshore.api, "POST /api/upload", &file("c.txt", "hello"));
    assert_eq!(asked(), [with(Operation::PutObject, None)], "a parent is that of its request alone");
    ask_with(longshore.api, "POST /api/upload", "traceparent: nonsense\r\n", &file("d.txt", "hello"));
    assert_eq!(asked(), [with(Operation::PutObject, None)]);
    longshore.stop(&project, Signal::TERM).expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runtimes_of_an_overlay_and_of_its_base_are_measured() {
    let server = server().await;
    let project = project(&server, "aws-s3-private");
    project.write("config/longshore.toml", EVERYBODY);
    let longshore = serve::Server::start(&project, &[]);
    let stored = ask(longshore.api, "POST /api/upload", &file("a.txt", &"a line of a file\n".repeat(600_000)));
    assert!(stored.starts_with("HTTP/1.1 201 "), "{stored}");
    let metrics = ask(longshore.admin, "GET /metrics", b"");
    let measured = |name: &str, provider: &str| {
        let series = format!("longshore_provider_runtime_{name}{{provider=\"{provider}\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&series));
        line.unwrap_or_else(|| panic!("no {series}in:\n{metrics}")).parse::<f64>().unwrap()
    };
    for provider in ["aws-s3-private", "aws-s3"] {
        assert!((2.0..=8.0).contains(&measured("workers", provider)));
        assert!((0.0..=1.0).contains(&measured("busy_ratio", provider)));
    }
    assert!(measured("busy_seconds_total", "aws-s3") > measured("busy_seconds_total", "aws-s3-private"));
    assert!(measured("busy_ratio", "aws-s3") > 0.0);
    longshore.stop(&project, Signal::TERM).expect(0);
}
