//! `provider validate`: its findings and output. The official providers and the examples pass.

use std::{
    collections::BTreeMap,
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use longshore_fixture_contract_breaker::IN_A_PROCESS;
use serde_json::{Value, json};

use crate::{
    elf,
    libraries::change_manifest,
    project::{Project, Ran},
    s3,
    tls::{self, Identity},
};

const BREAKER: &str = "longshore-fixture-contract-breaker";

/// A project with a changed library of the provider that breaks rules, and the options that select the rule.
fn breaker(options: &str, change: impl FnOnce(&mut Vec<u8>)) -> Project {
    let project = Project::empty();
    let library = project.copy_library(BREAKER, "lib");
    let mut bytes = fs::read(&library).unwrap();
    change(&mut bytes);
    project.write("lib/breaker.so", bytes);
    project.write("options.toml", options);
    project
}

/// The status of each case, by its id; the summary is left out.
fn statuses(ran: &Ran) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    ran.lines().iter().filter_map(|line| Some((text(&line["id"])?, text(&line["status"])?))).collect()
}

fn validate(project: &Project, only: &[&str]) -> Ran {
    let start =
        ["provider", "validate", "--options", "options.toml", "--json", "--seed", "1", "lib/breaker.so", "--only"];
    project.run(&[&start[..], &[&only.join(",")]].concat())
}

/// The provider that breaks `case`, the cases to run on it, and the expected status of `case`.
fn breaking(case: &str) -> (Project, Vec<&str>, &'static str) {
    let options = format!("breaks = \"{case}\"\nmaxBytes = 200000000\n");
    let by_option = || breaker(&options, |_| {});
    let groups = vec!["load", "upload.works", "open", "options.schema"];
    match case {
        "load.now" => (breaker("", |bytes| elf::symbol(bytes, "munmap").rename(bytes)), groups, "failed"),
        "load.note" => (
            breaker("", |bytes| change_manifest(bytes, |manifest| manifest["version"] = json!("0.1.x"))),
            groups,
            "failed",
        ),
        "load.static-tls" => (breaker("", |bytes| elf::set_flags(bytes, 0x10)), groups, "warning"),
        "load.symbols" => (breaker("", |bytes| elf::symbol(bytes, FREE).define(bytes)), groups, "warning"),
        "load.time" => (by_option().with_variable("BREAKER_LATE_SCHEMA", "1"), vec!["load"], "warning"),
        "load.unwinds" => (by_option(), groups, "crashed"),
        "memory.allocators" => {
            (by_option(), vec![case, "memory.outlives", "upload", "stream", "error", "fuzz"], "crashed")
        }
        "leak.var-tmp" => (by_option().with_variable("BREAKER_MARK", MARK), vec![case, "upload.works"], "failed"),
        "memory.bounded" | "runtime.blocked" => (by_option(), vec![case, "upload.works", "open"], "warning"),
        _ => (by_option(), vec![case, "upload.works", "open"], "failed"),
    }
}

/// A symbol that no library defines, and whose definition has no effect.
const FREE: &str = "_ITM_deregisterTMCloneTable";

/// The prefix of the files that are left in `/var/tmp`.
const MARK: &str = "longshore-contract-breaker-";

#[test]
fn every_case_about_a_library_or_a_process_fails_for_the_provider_that_breaks_its_rule_and_no_other_does() {
    // Three threads, because the cases mostly wait.
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                // `options.secrets-kept` can fail in an additional way if the log comes from a library.
                let cases = IN_A_PROCESS.iter().chain(&["options.secrets-kept"]);
                while let Some(case) = cases.clone().nth(next.fetch_add(1, Ordering::Relaxed)) {
                    fails_alone(case);
                }
            });
        }
    });
}

/// Removes the files in `/var/tmp` that the processes of `leak.var-tmp` have left.
fn clear_var_tmp() {
    for entry in fs::read_dir("/var/tmp").into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(MARK) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Checks that `case` is the only one of the chosen cases that fails for the provider that breaks its rule.
fn fails_alone(case: &str) {
    let (project, only, expected) = breaking(case);
    let ran = validate(&project, &only);
    if case == "leak.var-tmp" {
        clear_var_tmp();
    }
    let statuses = statuses(&ran);
    assert_eq!(statuses.get(case).map(String::as_str), Some(expected), "{case}\n{}", ran.all());
    for (id, status) in &statuses {
        let fits = id == case || status == "passed" || status == "skipped";
        assert!(fits, "with `{case}` broken, `{id}` is {status}\n{}", ran.all());
    }
}

#[test]
fn every_method_that_blocks_its_thread_is_named() {
    for method in ["replace", "extension"] {
        let project = breaker(&format!("breaks = \"runtime.blocked by {method}\"\n"), |_| {});
        let ran = validate(&project, &["runtime.blocked"]).expect(0);
        let result = &ran.lines()[0];
        assert_eq!(result["status"], "warning", "{}", ran.all());
        assert!(result["reason"].as_str().unwrap().contains(&format!("`{method}` blocks the thread")), "{result}");
    }
}

#[test]
fn a_descriptor_that_is_lost_when_a_call_is_dropped_is_found() {
    let project = breaker("breaks = \"leak.files of dropped calls\"\n", |_| {});
    let ran = validate(&project, &["leak.files", "leak.threads"]).expect(1);
    assert_eq!(statuses(&ran)["leak.files"], "failed", "{}", ran.all());
    assert_eq!(statuses(&ran)["leak.threads"], "passed", "{}", ran.all());
}

#[test]
fn memory_freed_on_the_wrong_side_is_distinguished_from_other_crashes() {
    for breaks in ["memory.allocators", "memory.allocators of uploads"] {
        let project = breaker(&format!("breaks = \"{breaks}\"\n"), |_| {});
        let ran = validate(&project, &["memory.allocators"]).expect(1);
        let result = &ran.lines()[0];
        assert_eq!(result["status"], "crashed", "{}", ran.all());
        assert!(result["reason"].as_str().unwrap().ends_with("freed by an allocator that did not give it"), "{result}");
        assert!(result["advice"].as_str().unwrap().contains("`from_raw_parts`"), "{result}");
    }
}

#[test]
fn a_case_that_is_run_without_the_one_of_the_allocators_ends_by_its_own_finding() {
    let project = breaker("breaks = \"memory.allocators of uploads\"\n", |_| {});
    let arguments = ["provider", "validate", "--options", "options.toml", "--json", "lib/breaker.so"];
    for choice in [
        ["--only", "upload.unknown-length"].as_slice(),
        &["--only", "memory.allocators,upload.unknown-length", "--except", "memory.allocators"],
    ] {
        let ran = project.run(&[&arguments[..], choice].concat()).expect(1);
        let result = &ran.lines()[0];
        assert_eq!(result["status"], "failed", "{}", ran.all());
        assert!(result["found"].as_str().unwrap().contains("nothing is left of it"), "{result}");
        assert_eq!(statuses(&ran).len(), 1, "only the named case runs: {}", ran.all());
    }
}

#[test]
fn a_library_that_cannot_unwind_is_reported_before_it_runs() {
    // A library built with `panic = "abort"` lacks this symbol. The export macro refuses to compile such a library.
    let project =
        breaker("", |bytes| elf::symbol(bytes, "_Unwind_RaiseException").rename_to(bytes, "_Unwind_ForcedUnwind"));
    let ran = validate(&project, &["load.unwinds"]).expect(1);
    assert_eq!(statuses(&ran)["load.unwinds"], "failed", "{}", ran.all());
    assert_eq!(ran.lines()[0]["expected"], "`panic = \"unwind\"`", "{}", ran.all());
}

#[test]
fn a_provider_with_an_allocator_of_its_own_that_breaks_nothing_passes() {
    let project = breaker("serve = true\nprivate = true\nrootPath = \"root\"\npassword = \"p\"\n", |_| {});
    passes(&project, "lib/breaker.so");
}

#[test]
fn a_provider_that_ends_or_blocks_its_process_is_reported() {
    for (breaks, status, found) in [
        ("crash by abort", "crashed", "signal 6 (SIGABRT) while `upload` ran"),
        ("crash by exit", "crashed", "a call of `exit` before the case did while `upload` ran"),
        ("hang", "failed", "did not end within 2s: `upload` did not return"),
    ] {
        let project = breaker(&format!("breaks = \"{breaks}\"\n"), |_| {});
        let arguments = ["provider", "validate", "lib/breaker.so", "--options", "options.toml", "--timeout", "2"];
        let ran = project.run(&[&arguments[..], &["--json", "--only", "upload.works,open"]].concat()).expect(1);
        let works = &ran.lines()[0];
        assert_eq!(works["status"], status, "{}", ran.all());
        assert!(works["reason"].as_str().unwrap().contains(found), "{works}");
        assert!(!works["advice"].as_str().unwrap().is_empty());
        assert_eq!(ran.lines()[1]["status"], "skipped", "what depends on it is not tried: {}", ran.all());
    }
}

#[test]
fn only_failed_and_strict_change_the_output_and_the_exit_code() {
    let project = breaker("breaks = \"runtime.blocked\"\n", |_| {});
    let arguments = ["provider", "validate", "lib/breaker.so", "--options", "options.toml", "--json", "--only-failed"];
    let only = ["--only", "runtime.blocked,delete.twice"];
    let ran = project.run(&[&arguments[..], &only].concat()).expect(0);
    assert_eq!(ran.lines().len(), 1, "only the summary: {}", ran.all());
    assert_eq!(ran.lines()[0]["warnings"], 1, "{}", ran.all());
    let ran = project.run(&[&arguments[..], &only, &["--strict"]].concat()).expect(1);
    assert_eq!(ran.lines()[0]["id"], "runtime.blocked", "{}", ran.all());
    assert_eq!(ran.lines().len(), 2, "{}", ran.all());
}

#[test]
fn in_process_runs_cases_in_the_process_of_the_validator() {
    let project = breaker("breaks = \"delete.twice\"\n", |_| {});
    let arguments = ["provider", "validate", "lib/breaker.so", "--options", "options.toml", "--json", "--in-process"];
    let ran = project.run(&[&arguments[..], &["--only", "delete,leak.threads,load.now"]].concat()).expect(1);
    let statuses = statuses(&ran);
    for (case, status) in
        [("delete.twice", "failed"), ("delete.removes", "passed"), ("load.now", "passed"), ("leak.threads", "skipped")]
    {
        assert_eq!(statuses[case], status, "{case}\n{}", ran.all());
    }
    let project = breaker("breaks = \"crash by exit\"\n", |_| {});
    let ran = project.run(&[&arguments[..], &["--only", "upload.works"]].concat());
    assert!(ran.lines().is_empty(), "a crash ends the run: {}", ran.all());
}

#[test]
fn a_change_of_the_process_is_named_without_what_stays() {
    let project = breaker("breaks = \"init.process\"\n", |_| {});
    let ran = validate(&project, &["init.process"]).expect(1);
    let found = ran.lines()[0]["found"].as_str().unwrap().to_owned();
    assert_eq!(found, "added `/`, removed `<project>`");
}

#[test]
fn a_failed_case_is_printed_with_its_rule_and_remedy() {
    let project = breaker("breaks = \"range.middle\"\n", |_| {});
    let ran = project.run(&["provider", "validate", "lib/breaker.so", "--options", "options.toml", "--only", "range"]);
    let text = ran.expect(1);
    insta::with_settings!({filters => vec![
        (r"in [0-9.]+ s \(seed [0-9]+\)", "in <time> (seed <seed>)"),
        (r"--seed [0-9]+", "--seed <seed>"),
        // The first bytes of the two random contents may be equal.
        (r"from byte [0-9]+ on", "from byte <n> on"),
    ]}, {
        insta::assert_snapshot!(text.all());
    });
}

#[test]
fn the_fuzzer_finds_the_same_again_by_its_seed() {
    let project = breaker("breaks = \"fuzz.calls\"\n", |_| {});
    let found = |seed: &str| {
        let arguments = ["provider", "validate", "lib/breaker.so", "--options", "options.toml", "--json", "--only"];
        project.run(&[&arguments[..], &["fuzz.calls", "--seed", seed]].concat()).expect(1).lines()[0]["reason"].clone()
    };
    let first = found("7");
    assert!(first.as_str().unwrap().contains("of seed 7: "), "{first}");
    assert_eq!(found("7"), first);
}

#[test]
fn a_report_for_build_servers_is_written() {
    let project = breaker("breaks = \"open.meta\"\n", |_| {});
    let arguments = ["provider", "validate", "lib/breaker.so", "--options", "options.toml", "--junit", "report.xml"];
    project.run(&[&arguments[..], &["--only", "open", "--only", "load.now"]].concat()).expect(1);
    let report = fs::read_to_string(project.path("report.xml")).unwrap();
    assert!(report.contains("tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"0\""), "{report}");
    assert!(report.contains("<testcase classname=\"open\" name=\"open.missing\""), "{report}");
}

#[test]
fn cases_are_listed_and_unknown_ones_refused() {
    let project = Project::empty();
    let listed = project.run(&["provider", "validate", "--list", "--json"]).expect(0).lines();
    assert!(listed.len() > 80 && listed.iter().any(|case| case["id"] == "cancel.upload.every-await"));
    let ran = project.run(&["provider", "validate", "memory", "--only", "uplaod"]).expect(2);
    assert!(ran.stderr.contains("no case is called `uplaod`") && ran.stderr.contains("--list"), "{}", ran.stderr);
    let left = ["provider", "validate", "--list", "--json", "--only", "range,open", "--except", "range.*,open.meta"];
    let left = project.run(&left).expect(0).lines();
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(left[0]["contract"], "longshore_provider/trait.Provider.html#method.open");
    project.write("options.toml", "");
    let before = ["provider", "validate", "--json", "--options", "options.toml", "--only", "load.now", "memory"];
    assert_eq!(statuses(&project.run(&before).expect(0)).len(), 1, "a name behind `--only` is none of its cases");
    project.run(&["provider", "validate"]).expect(2);
    project.run(&["provider", "validate", "nowhere"]).expect(4);
    project.run(&["provider", "validate", "memory", "--options", "none.toml"]).expect(3);
}

#[test]
fn wrong_options_are_reported_once() {
    let project = Project::empty();
    project.write("options.toml", "maxBytes = \"many\"\n");
    let ran = project.run(&["provider", "validate", "memory", "--options", "options.toml", "--json"]).expect(1);
    let failed: Vec<Value> = ran.lines().into_iter().filter(|line| line["status"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{}", ran.all());
    assert_eq!(failed[0]["id"], "init.opens");
    let found = failed[0]["found"].as_str().unwrap();
    assert!(found.contains("options.toml:1:") && found.contains("maxBytes") && !found.contains("many"), "{found}");
    let ran =
        project.run(&["provider", "validate", "memory", "--options", "options.toml", "--only", "range"]).expect(1);
    assert!(ran.stdout.contains("failed   init.opens"), "a reason is given, whatever was asked for: {}", ran.all());
}

#[test]
fn skipped_cases_are_counted_by_the_missing_ability() {
    let project = Project::empty();
    project.write("options.toml", "");
    let arguments =
        ["provider", "validate", "memory", "--options", "options.toml", "--only", "open,range,head,load.now"];
    let ran = project.run(&arguments).expect(0);
    let summary = ran.stdout.lines().last().unwrap_or_default();
    assert!(summary.contains(" skipped (for want of: open "), "{}", ran.all());
    let ran = project.run(&[&arguments[..], &["--json"]].concat()).expect(0);
    let summary = ran.lines().pop().unwrap();
    assert!(summary["skippedFor"]["open"].as_u64().unwrap() > 5, "{summary}");
}

#[test]
fn texts_in_options_are_read_as_the_numbers_that_the_host_would_take_them_for() {
    let project = breaker("count = \"7\"\nserve = \"true\"\nmaxBytes = \"${BYTES:-5000}\"\n", |_| {});
    let ran = validate(&project, &["init.opens", "options.schema", "url.fetched"]).expect(0);
    assert!(statuses(&ran).values().all(|status| status == "passed"), "{}", ran.all());
}

/// Every case that applies passes.
fn passes(project: &Project, target: &str) {
    let ran = project.run(&["provider", "validate", target, "--options", "options.toml"]).expect(0);
    let summary = ran.stdout.lines().last().unwrap_or_default();
    assert!(summary.contains(" 0 failed, 0 crashed, "), "{}", ran.all());
}

#[test]
fn memory_passes() {
    let project = Project::empty();
    project.write("options.toml", "");
    passes(&project, "memory");
}

#[test]
fn local_passes() {
    let project = Project::local();
    project.write("options.toml", "directory = \"files\"\n");
    passes(&project, "local");
    let left: Vec<_> = fs::read_dir(project.path("files")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "each case has a folder of its own: {left:?}");
}

fn s3_options(server: &longshore_dev_s3::Server, endpoint: &str) -> String {
    let (id, secret) = (server.access_key_id(), server.secret_access_key());
    format!(
        "rootPath = \"root\"\n[s3Options]\nendpoint = \"{endpoint}\"\nforcePathStyle = true\nregion = \"us-east-1\"\n\
         credentials = {{ accessKeyId = \"{id}\", secretAccessKey = \"{secret}\" }}\n\
         params = {{ Bucket = \"media\", ACL = \"public-read\" }}\n"
    )
}

async fn passes_at_s3(project: &Project, target: &str) {
    let server = s3::server().await;
    project.write("options.toml", s3_options(&server, server.endpoint()));
    tokio::task::block_in_place(|| passes(project, target));
    assert!(server.keys("media").is_empty(), "{:?}", server.keys("media"));
    assert!(server.open_uploads("media").is_empty(), "a multipart upload is left open");
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_s3_passes() {
    passes_at_s3(&Project::empty(), "aws-s3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_s3_private_passes() {
    passes_at_s3(&Project::empty(), "aws-s3-private").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn urls_of_a_service_behind_tls_are_fetched() {
    let server = s3::server().await;
    let identity = Identity::new();
    let port = tls::front(&identity, server.endpoint().trim_start_matches("http://"));
    let project = Project::empty();
    let trusted = project.write("trusted.pem", &identity.certificate);
    let project = project.with_variable("SSL_CERT_FILE", trusted.to_str().unwrap());
    project.write("options.toml", s3_options(&server, &format!("https://127.0.0.1:{port}")));
    for (provider, fetched) in [
        ("aws-s3", &["url.fetched", "sign.fetched", "sign.tampered", "private.demanded", "error.unreachable"][..]),
        ("aws-s3-private", &["sign.fetched", "sign.expired", "sign.other-file", "private.hidden", "private.answer"]),
    ] {
        let arguments = ["provider", "validate", provider, "--options", "options.toml", "--json", "--only"];
        let only = fetched.join(",");
        let arguments = [&arguments[..], &[&only]].concat();
        let ran = tokio::task::block_in_place(|| project.run(&arguments)).expect(0);
        let statuses = statuses(&ran);
        for case in fetched {
            assert_eq!(statuses[*case], "passed", "{provider}: {}", ran.all());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_a_private_provider_passes() {
    let manifest = longshore_test_artifacts::workspace().join("examples/private-aws-s3/Cargo.toml");
    let folder = tokio::task::block_in_place(|| longshore_test_artifacts::stand_alone(&manifest));
    let library = longshore_test_artifacts::library("private-aws-s3");
    let project = Project::empty();
    project.write(&format!("providers/aws-s3/{library}"), fs::read(folder.join(&library)).unwrap());
    passes_at_s3(&project, "aws-s3").await;
}

#[test]
fn without_the_program_that_runs_a_case_the_run_ends_with_a_hint() {
    let project = breaker("", |_| {}).installed();
    let program = project.path("bin/longshore-validate-case");
    fs::remove_file(&program).unwrap();
    let ran = validate(&project, &["load.now"]).expect(1);
    let text = "error: the program that runs a case does not exist: `<project>/bin/longshore-validate-case`\n\
                hint: install Longshore again, with both of its programs in one folder, or use `--in-process`\n";
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", text));
    let alone = ["provider", "validate", "--in-process", "--only", "load.now", "lib/breaker.so"];
    project.run(&alone).expect(0);
}
