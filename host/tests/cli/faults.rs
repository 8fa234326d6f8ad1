//! A service or a disk that fails in the middle: one clear message, and nothing is left.

use std::{
    fs::OpenOptions,
    process::Command,
    time::{Duration, Instant},
};

use longshore_dev_s3::{Fault, Operation, Server};

use crate::{
    interrupt::until,
    project::Project,
    s3::{project, server},
};

/// A file that is uploaded in three parts.
fn large() -> Vec<u8> {
    vec![7; 20 << 20]
}

fn assert_nothing_is_left(server: &Server) {
    assert!(server.keys("media").is_empty(), "an object is left");
    assert!(server.open_uploads("media").is_empty(), "a multipart upload is left open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_refused_for_good_aborts_the_upload() {
    let server = server().await;
    let here = project(&server, "aws-s3");
    here.write("large", large());
    server.faults().inject(Fault::slow_down().on(Operation::UploadPart));
    let ran = here.run(&["object", "put", "large", "--json"]).expect(1);
    assert_eq!(ran.lines()[0]["error"]["serviceCode"], "SlowDown", "{}", ran.all());
    assert_nothing_is_left(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_again_and_again_aborts_the_upload() {
    let server = server().await;
    let here = project(&server, "aws-s3");
    here.write("large", large());
    server.faults().inject(Fault::reset().on(Operation::UploadPart));
    let ran = here.run(&["object", "put", "large", "--json"]).expect(1);
    let error = &ran.lines()[0]["error"];
    assert_eq!((&error["kind"], &error["retryable"]), (&"unavailable".into(), &true.into()), "{}", ran.all());
    assert_nothing_is_left(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_cannot_be_completed_is_aborted() {
    let server = server().await;
    let here = project(&server, "aws-s3");
    here.write("large", large());
    server.faults().inject(Fault::internal_error().on(Operation::CompleteMultipartUpload));
    here.run(&["object", "put", "large"]).expect(1);
    assert_nothing_is_left(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_is_no_failure_of_a_completed_upload() {
    let server = server().await;
    let here = project(&server, "aws-s3");
    here.write("large", large());
    server.faults().inject(Fault::lose_answer().on(Operation::CompleteMultipartUpload).times(1));
    let ran = here.run(&["object", "put", "large", "--json"]).expect(0);
    assert_eq!(ran.lines()[0]["size"], 20 << 20, "{}", ran.all());
    assert_eq!(server.keys("media"), ["root/large"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_answer_ends_in_a_timeout() {
    let server = server().await;
    let here = project(&server, "aws-s3");
    here.write("a", "hello");
    server.faults().inject(Fault::hang());
    let impatient = [
        "--set=upload.config.providerOptions.s3Options.requestTimeout=300",
        "--set=upload.config.providerOptions.s3Options.maxAttempts=2",
    ];
    for verb in [["object", "put", "a"], ["object", "head", "a"], ["object", "rm", "a"]] {
        let ran = here.run(&[&verb[..], &impatient, &["--json"]].concat()).expect(1);
        assert_eq!(ran.lines()[0]["error"]["kind"], "timeout", "{}", ran.all());
    }
}

/// The default timeouts apply. The verbs run in parallel, because each takes the whole timeout.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_silent_or_busy_for_good_ends_every_verb_in_time() {
    let mut runs = Vec::new();
    for (fault, kind) in [(Fault::hang(), "timeout"), (Fault::slow_down(), "rate_limited")] {
        for verb in [["put", "small"], ["put", "large"], ["put", "ended"], ["head", "a"], ["rm", "a"], ["get", "a"]] {
            let server = server().await;
            let here = project(&server, "aws-s3");
            // The longest case: all parts are sent, then completion, the check of the object and the abort fail.
            let late = [Operation::CompleteMultipartUpload, Operation::HeadObject, Operation::AbortMultipartUpload];
            let late = late.into_iter().filter(|_| verb[1] == "ended");
            server.faults().inject(late.fold(fault.clone(), Fault::on));
            here.write("small", "hello");
            here.write("large", large());
            here.write("ended", large());
            runs.push(tokio::task::spawn_blocking(move || {
                let begun = Instant::now();
                let ran = here.run(&["object", verb[0], verb[1], "--json"]).expect(1);
                let took = begun.elapsed();
                // The limit is 75 seconds, and another attempt would take 20. The start takes a few on a busy machine.
                assert!(took < Duration::from_secs(85), "{verb:?} took {took:?}");
                let said = if ran.stdout.is_empty() { ran.stderr.clone() } else { ran.stdout.clone() };
                assert!(said.contains(&format!("\"{kind}\"")), "{verb:?}: {}", ran.all());
                drop(server);
            }));
        }
    }
    for run in runs {
        run.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_shrinks_while_it_is_sent_is_not_stored() {
    let server = server().await;
    let here = project(&server, "aws-s3");
    let path = here.write("shrinking", vec![7; 96 << 20]);
    server.faults().inject(Fault::delay(Duration::from_secs(1)).on(Operation::UploadPart));
    let child = here.start(&["object", "put", "shrinking", "--json"]);
    until("a part", || server.journal().iter().any(|request| request.operation == Some(Operation::UploadPart)));
    OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 20).unwrap();
    let ran = here.end(child).expect(1);
    assert!(ran.stdout.contains("the file shrank while it was sent"), "{}", ran.all());
    assert_nothing_is_left(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_breaks_off_leaves_no_file() {
    let server = server().await;
    let here = project(&server, "aws-s3");
    here.write("large", large());
    here.run(&["object", "put", "large"]).expect(0);
    server.faults().inject(Fault::cut_body(1 << 20).on(Operation::GetObject));
    here.run(&["object", "get", "large", "-o", "copy"]).expect(1);
    let names = std::fs::read_dir(here.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    let others: Vec<_> = names.filter(|name| name != "config" && name != "large").collect();
    assert!(others.is_empty(), "{others:?}");
}

/// Mounts a file system of 1 MiB for the command. Systems that do not allow the mount skip the test with a message. The
/// local provider's own tests also fill a disk in another way.
#[test]
fn a_full_disk_is_named_and_nothing_is_left() {
    let here = Project::local();
    here.write("large", large());
    let put = "longshore object put large --json; code=$?; find files -type f >&2; exit $code";
    let mount = format!("mount -t tmpfs -o size=1m none files && PATH=\"$1:$PATH\" && {put}");
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_longshore")).parent().unwrap();
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--mount", "sh", "-c", &mount, "sh"]).arg(binary).current_dir(here.path(""));
    let output = unshare.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if stderr.contains("Operation not permitted") || stderr.contains("mount:") {
        println!("not tried: this system allows no mount: {stderr}");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    let error: serde_json::Value = serde_json::from_str(stdout.trim()).unwrap();
    assert_eq!(error["error"]["kind"], "storage_full", "{stdout}");
    assert_eq!(stderr, "", "a file is left");
}
